// Labels and formulas are keys of data/texts/<language>/trace.json and formulas.json.
#include "core/memory/cache_rules.h"
#include "core/memory/memory.h"

namespace headroom {
namespace {

class CacheExplainer {
 public:
  CacheExplainer(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, Trace& trace)
      : model_(model),
        engine_(engine),
        cache_(cache),
        trace_(trace),
        layout_(cache_layout(model, engine, cache)),
        cells_(cache_cells(layout_, engine, cache)) {}

  void explain() {
    const CacheFootprint footprint = cache_footprint(layout_, engine_, cache_);
    trace_.open("trace.cache", "trace.cache.formula", engine_.source);
    for (std::size_t g = 0; g < layout_.layers.size(); ++g) {
      if (footprint.kv_per_layer[g] > Bytes(0)) entries(g, footprint.kv_per_layer[g]);
      if (footprint.state_per_layer[g] > Bytes(0)) states(g, footprint.state_per_layer[g]);
    }
    trace_.close((footprint.kv + footprint.state).as_double(), "bytes");
  }

 private:
  void entries(std::size_t g, Bytes of_one_layer) {
    const CacheLayout::Layer& layer = layout_.layers[g];
    const std::uint64_t streams = cache_.streams();
    trace_.open("trace.kv_layers", "trace.kv_layers.formula");
    trace_.of_model("trace.layers", layer.count);
    trace_.asked("trace.streams", static_cast<double>(streams));
    for (std::size_t p = 0; p < layer.parts.size(); ++p) {
      const CacheLayout::Part& part = layer.parts[p];
      tokens(layout_.extents[part.extent], static_cast<double>(cells_[part.extent]) / static_cast<double>(streams));
      row("trace.k_row", part.k_row, cache_.k, g, p == 0, true);
      if (part.v_row > Bytes(0)) row("trace.v_row", part.v_row, cache_.v, g, p == 0, false);
    }
    trace_.close((of_one_layer * layer.count).as_double(), "bytes");
  }

  // Tokens that one cache holds.
  void tokens(const CacheLayout::Extent& extent, double cells) {
    trace_.open("trace.cells", "trace.cells.formula");
    trace_.asked("trace.context", cache_.context, "tokens");
    if (extent.span == CacheSpan::window && extent.length > 0) trace_.of_model("trace.window", extent.length, "tokens");
    if (extent.span == CacheSpan::compressed) trace_.of_model("trace.compress_ratio", extent.length, "tokens");
    if (extent.span == CacheSpan::encoder) trace_.of_model("trace.encoder_positions", extent.length, "tokens");
    if (extent.span == CacheSpan::window) trace_.asked("trace.ubatch", cache_.ubatch, "tokens");
    const bool blocks = engine_.cache == CachePolicy::blocks;
    const std::uint32_t step = blocks ? engine_.block_tokens : engine_.cache_pad;
    if (step > 1) trace_.note("trace.cache_step", step, "tokens", engine_.source);
    trace_.close(cells, "tokens");
  }

  // Bytes of one token's keys or values in one layer.
  void row(const char* label, Bytes bytes, BlockType type, std::size_t g, bool first, bool keys) {
    const Mixer& mixer = model_.groups[g].mixer;
    trace_.open(label, "trace.row.formula");
    const bool latent = first && mixer.kind == MixerKind::mla;
    const std::uint32_t width = keys ? mixer.head_dim_k : mixer.head_dim_v;
    const bool by_heads = first && row_bytes(type, std::uint64_t{width} * mixer.kv_heads) == bytes;
    if (latent) {
      trace_.of_model("trace.kv_lora_rank", mixer.kv_lora_rank);
      trace_.of_model("trace.rope_dim", mixer.rope_dim);
    } else if (by_heads) {
      trace_.of_model("trace.kv_heads", mixer.kv_heads);
      trace_.of_model("trace.head_dim", width);
    } else {
      trace_.of_model("trace.row_values", bytes.as_double() / type.bytes * type.elements);
    }
    trace_.asked("trace.value_bits", type.bits_per_weight(), "bit");
    trace_.close(bytes.as_double(), "bytes");
  }

  void states(std::size_t g, Bytes of_one_layer) {
    const CacheLayout::Layer& layer = layout_.layers[g];
    const StateElements elements = state_elements(model_.groups[g], model_.arch.hidden);
    trace_.open("trace.state_layers", "trace.state_layers.formula");
    trace_.of_model("trace.layers", layer.count);
    trace_.asked("trace.sequences", static_cast<double>(cache_.sequences()));
    trace_.open("trace.state_row", "trace.state_row.formula");
    if (elements.conv > 0) {
      trace_.of_model("trace.conv_values", static_cast<double>(elements.conv));
      trace_.note("trace.conv_bytes", engine_.conv_state_bytes, "bytes", engine_.source);
    }
    if (elements.state > 0) {
      trace_.of_model("trace.state_values", static_cast<double>(elements.state));
      trace_.note("trace.state_bytes", engine_.state_bytes, "bytes", engine_.source);
    }
    trace_.close(layer.state.as_double(), "bytes");
    trace_.close((of_one_layer * layer.count).as_double(), "bytes");
  }

  const ModelProfile& model_;
  const Engine& engine_;
  const CacheSettings& cache_;
  Trace& trace_;
  CacheLayout layout_;
  CacheCells cells_;
};

}  // namespace

void explain_cache(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, Trace& trace) {
  CacheExplainer(model, engine, cache, trace).explain();
}

}  // namespace headroom
