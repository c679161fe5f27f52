#include "core/model/weights_explained.h"

#include <algorithm>
#include <string_view>

namespace headroom {
namespace {

// Labels and formulas are keys of data/texts/<language>/trace.json and formulas.json.
constexpr const char* kBlocksSource = "https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h";

// Tensors of one name, shape and type.
struct TensorRow {
  std::string_view name;
  const WeightKind* kind = nullptr;
  StoredTensor stored;
  std::uint32_t count = 0;
};

// "attn_q.weight" of "blk.3.attn_q.weight".
std::string_view without_block(std::string_view name) {
  constexpr std::string_view kBlock = "blk.";
  if (!name.starts_with(kBlock)) return name;
  const std::size_t dot = name.find('.', kBlock.size());
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

class WeightsExplainer {
 public:
  WeightsExplainer(const ModelProfile& model, const WeightProfile& weights, Trace& trace)
      : model_(model), weights_(weights), trace_(trace) {
    if (by_tensors()) resolve_kinds();
  }

  Bytes explain(bool mtp) {
    outside(WeightPart::token_embedding, "trace.token_embedding", weights_.token_embedding);
    outside(WeightPart::output_head, "trace.output_head", weights_.output_head);
    outside(WeightPart::per_layer_embedding, "trace.per_layer_embedding", weights_.per_layer_embedding);
    outside(WeightPart::position_embedding, "trace.position_embedding", weights_.position_embedding);
    if (mtp) outside(WeightPart::mtp, "trace.mtp", weights_.mtp);
    outside(WeightPart::other, "trace.other_weights", weights_.other);
    for (std::size_t g = 0; g < model_.groups.size(); ++g) layers(g);
    return sum_;
  }

 private:
  // What follows a rule. A published size is told as such.
  [[nodiscard]] bool by_tensors() const {
    return weights_.format != nullptr && weights_.format->family != FormatFamily::gguf_ud &&
           model_.kind_of_tensor.size() == model_.inventory.tensors.size();
  }

  void resolve_kinds() {
    for (const WeightKind& kind : model_.kinds) {
      stored_.push_back(stored_tensor(model_, kind, *weights_.format).value_or(StoredTensor{}));
    }
  }

  template <class Belongs>
  [[nodiscard]] std::vector<TensorRow> rows_of(const Belongs& belongs) const {
    std::vector<TensorRow> rows;
    if (stored_.empty()) return rows;
    for (std::size_t i = 0; i < model_.inventory.tensors.size(); ++i) {
      const std::uint32_t k = model_.kind_of_tensor[i];
      if (k == ModelProfile::kNoKind || !belongs(model_.kinds[k], model_.inventory.tensors[i])) continue;
      const std::string_view name = without_block(model_.inventory.tensors[i].name);
      const auto alike = [&](const TensorRow& row) {
        return row.name == name && row.stored.type == stored_[k].type && row.stored.bytes == stored_[k].bytes;
      };
      auto found = std::find_if(rows.begin(), rows.end(), alike);
      if (found == rows.end()) found = rows.insert(rows.end(), {name, &model_.kinds[k], stored_[k], 0});
      ++found->count;
    }
    return rows;
  }

  void tensor(const TensorRow& row) {
    const bool blocks = row.stored.type != GgmlType::count;
    std::string label(row.name);
    if (blocks) label += std::string(" · ") + ggml_type_name(row.stored.type);
    trace_.open(std::move(label), blocks ? "trace.tensor.blocks" : "trace.tensor.bits");
    trace_.of_model("trace.tensor.count", row.count);
    if (row.kind->depth > 1) trace_.of_model("trace.tensor.depth", static_cast<double>(row.kind->depth));
    trace_.of_model("trace.tensor.rows", static_cast<double>(row.kind->rows));
    trace_.of_model("trace.tensor.row", static_cast<double>(row.kind->row));
    if (blocks) {
      const BlockType block = ggml_block(row.stored.type);
      trace_.note("trace.tensor.block_weights", block.elements, "", kBlocksSource);
      trace_.note("trace.tensor.block_bytes", block.bytes, "bytes", kBlocksSource);
    } else {
      const std::uint64_t elements = row.kind->row * row.kind->rows * row.kind->depth;
      const double payload = static_cast<double>(elements) * row.stored.bits / kBitsPerByte;
      trace_.note("trace.tensor.weight_bits", row.stored.bits, "bit", weights_.format->source);
      const double scales = row.stored.bytes.as_double() - payload;
      if (scales >= 1) trace_.note("trace.tensor.scales", scales, "bytes", weights_.format->source);
    }
    trace_.close(row.stored.bytes.as_double() * row.count, "bytes");
  }

  // A place and its tensors, or what is known of it.
  template <class Belongs>
  void place(const char* label, Bytes bytes, const Belongs& belongs) {
    if (bytes == Bytes(0)) return;
    sum_ += bytes;
    const std::vector<TensorRow> rows = rows_of(belongs);
    if (rows.empty()) {
      trace_.note(label, bytes.as_double(), "bytes", weights_.format != nullptr ? weights_.format->source : "");
      return;
    }
    trace_.open(label, "trace.tensors.formula");
    for (const TensorRow& row : rows) tensor(row);
    trace_.close(bytes.as_double(), "bytes");
  }

  void outside(WeightPart part, const char* label, Bytes bytes) {
    place(label, bytes, [part](const WeightKind& kind, const Tensor&) { return kind.part == part; });
  }

  void layers(std::size_t g) {
    const GroupWeights& group = weights_.groups[g];
    trace_.open("trace.layer_group", "trace.layer_group.formula");
    trace_.of_model("trace.layers", model_.groups[g].count);
    const auto inside = [&](WeightPart part, const char* label, Bytes bytes) {
      place(label, bytes, [&, part](const WeightKind& kind, const Tensor& t) {
        const auto layer = static_cast<std::size_t>(t.layer);
        return kind.part == part && layer < model_.group_of_layer.size() && model_.group_of_layer[layer] == g;
      });
    };
    inside(WeightPart::mixer, "trace.mixer", group.mixer);
    inside(WeightPart::ffn, "trace.feed_forward", group.ffn);
    inside(WeightPart::shared_experts, "trace.shared_experts", group.shared_experts);
    inside(WeightPart::routed_experts, "trace.routed_experts", group.routed_experts);
    inside(WeightPart::block_other, "trace.norms", group.other);
    trace_.close(group.total().as_double(), "bytes");
  }

  const ModelProfile& model_;
  const WeightProfile& weights_;
  Trace& trace_;
  std::vector<StoredTensor> stored_;  // parallel to ModelProfile::kinds
  Bytes sum_;
};

}  // namespace

Bytes explain_weights(const ModelProfile& model, const WeightProfile& weights, bool mtp, Trace& trace) {
  return WeightsExplainer(model, weights, trace).explain(mtp);
}

}  // namespace headroom
