// Bytes of a model in a format, by place.
#include <algorithm>
#include <cmath>
#include <optional>

#include "core/model/gguf_mix_table.h"
#include "core/model/inventory/layouts.h"
#include "core/model/profile.h"

namespace headroom {
namespace {

// Error where part of the model is known by its parameter count only.
constexpr double kCountedError = 0.01;

bool is_matrix(const WeightKind& kind) { return kind.slot.role != MixRole::kept; }

// The entry of this model, else the one of all others; null: the rule of the format holds.
const CheckpointRule* checkpoint_of(const ModelProfile& model, const Format& format) {
  const CheckpointRule* found = nullptr;
  for (const CheckpointRule& rule : format.checkpoints) {
    if (rule.model == model.id) return &rule;
    if (rule.model.empty()) found = &rule;
  }
  return found;
}

// Bits of a part that the checkpoint keeps higher than its format's matrices; 0: as the format has it.
double kept_bits(const WeightKind& kind, const CheckpointRule* checkpoint) {
  if (checkpoint == nullptr || !is_matrix(kind)) return 0;
  switch (kind.part) {
    case WeightPart::mixer: return kind.recurrent ? checkpoint->recurrent : checkpoint->attention;
    case WeightPart::ffn: return checkpoint->ffn;
    case WeightPart::shared_experts: return checkpoint->shared_experts;
    case WeightPart::mtp: return checkpoint->mtp;
    default: return 0;
  }
}

bool is_quantized(const ModelProfile& model, const WeightKind& kind, const Format& format,
                  const CheckpointRule* checkpoint) {
  if (!is_matrix(kind)) return false;
  // A dense model in a format for experts has every linear layer quantized.
  const bool experts_only = format.experts_only && model.has_experts;
  switch (kind.cls) {
    case TensorClass::token_embedding:
    case TensorClass::per_layer_embedding: return format.quantizes_embedding;
    case TensorClass::output_head:
      return format.quantizes_head || (checkpoint != nullptr && checkpoint->quantizes_head);
    case TensorClass::routed_experts: return true;
    case TensorClass::attention: return !experts_only && format.quantizes_attention;
    default: return !experts_only;
  }
}

double matrix_bits(const WeightKind& kind, const Format& format) {
  return kind.cls == TensorClass::output_head && format.head_bits > 0 ? format.head_bits : format.matrix_bits;
}

// Payload, scales per group (shared by block_rows rows), per row and per matrix.
Bytes block_format_bytes(const WeightKind& kind, const Format& format) {
  const double bits = matrix_bits(kind, format);
  const auto rows = static_cast<double>(kind.rows);
  double total = std::ceil(static_cast<double>(kind.row) * bits / kBitsPerByte) * rows * kBitsPerByte;
  if (format.group > 0) {
    const std::uint64_t groups =
        divide_up(kind.row, format.group) * divide_up(kind.rows, std::max(format.block_rows, 1U));
    total += static_cast<double>(groups) * format.group_overhead_bits;
  }
  total += rows * format.row_overhead_bits + format.tensor_overhead_bits;
  return Bytes::from_double(std::ceil(total / kBitsPerByte)) * kind.depth;
}

// Index tables stay what they are.
double unquantized_bits(const WeightKind& kind, const Format& format, double kept) {
  if (kept > 0) return kept;
  return kind.source == GgmlType::i32 ? ggml_block(kind.source).bits_per_weight() : format.rest_bits;
}

Bytes unquantized_bytes(const WeightKind& kind, double bits) {
  const auto elements = static_cast<double>(kind.row) * static_cast<double>(kind.rows * kind.depth);
  return Bytes::from_double(elements * bits / kBitsPerByte);
}

// Whether an imported file is in this format: then its tensors keep the types they have.
bool is_stored_in(const ModelProfile& model, const Format& format) {
  return !model.stored_mix.empty() && (model.stored_mix == format.mix || model.stored_mix == format.id);
}

// nullopt: the quantizer refuses the model.
std::optional<StoredTensor> store(const ModelProfile& model, const WeightKind& kind, const Format& format,
                                  const GgufMix* mix) {
  if (mix == nullptr) {
    const CheckpointRule* checkpoint = checkpoint_of(model, format);
    const double kept = kept_bits(kind, checkpoint);
    if (kept > 0 || !is_quantized(model, kind, format, checkpoint)) {
      const double bits = unquantized_bits(kind, format, kept);
      return StoredTensor{unquantized_bytes(kind, bits), GgmlType::count, bits};
    }
    return StoredTensor{block_format_bytes(kind, format), GgmlType::count, matrix_bits(kind, format)};
  }
  const std::optional<GgmlType> type =
      is_stored_in(model, format) ? kind.source : mix_type(*mix, model.mix_facts, kind.slot, kind.row, kind.source);
  if (!type) return std::nullopt;
  return StoredTensor{stored_bytes(*type, kind.row, kind.rows * kind.depth), *type};
}

const GgufMix* mix_of(const Format& format) { return format.mix.empty() ? nullptr : find_mix(format.mix); }

// Of what file_bytes counts.
std::uint64_t elements_of(const ModelProfile& model, bool mtp_apart) {
  std::uint64_t sum = 0;
  for (const WeightKind& kind : model.kinds) {
    if (mtp_apart && kind.part == WeightPart::mtp) continue;
    sum += kind.row * kind.rows * kind.depth * kind.count;
  }
  return sum;
}

Bytes* outside(WeightProfile& weights, WeightPart part) {
  switch (part) {
    case WeightPart::token_embedding: return &weights.token_embedding;
    case WeightPart::output_head: return &weights.output_head;
    case WeightPart::per_layer_embedding: return &weights.per_layer_embedding;
    case WeightPart::position_embedding: return &weights.position_embedding;
    case WeightPart::mtp: return &weights.mtp;
    case WeightPart::other: return &weights.other;
    default: return nullptr;
  }
}

Bytes GroupWeights::*inside(WeightPart part) {
  switch (part) {
    case WeightPart::mixer: return &GroupWeights::mixer;
    case WeightPart::ffn: return &GroupWeights::ffn;
    case WeightPart::routed_experts: return &GroupWeights::routed_experts;
    case WeightPart::shared_experts: return &GroupWeights::shared_experts;
    default: return &GroupWeights::other;
  }
}

void add_kind(const ModelProfile& model, const WeightKind& kind, Bytes bytes, WeightProfile& weights) {
  weights.file_bytes += bytes * kind.count;
  if (Bytes* sum = outside(weights, kind.part)) {
    *sum += bytes * kind.count;
    return;
  }
  const auto part = inside(kind.part);
  const bool routed = kind.part == WeightPart::routed_experts;
  Bytes& largest = routed ? weights.largest_expert_tensor : weights.largest_layer_tensor;
  largest = std::max(largest, bytes);
  for (std::uint32_t i = kind.first; i < kind.first + kind.count; ++i) {
    const auto layer = static_cast<std::size_t>(model.kind_layers[i]);
    weights.groups[model.group_of_layer[layer]].*part += bytes;
    weights.layer_bytes[layer] += bytes;
    if (routed) weights.layer_expert_bytes[layer] += bytes;
  }
}

const PublishedSize* find_published(const Format& format, const std::string& model) {
  const auto found = std::lower_bound(format.published.begin(), format.published.end(), model,
                                      [](const PublishedSize& p, const std::string& id) { return p.model < id; });
  return found != format.published.end() && found->model == model ? &*found : nullptr;
}

struct Target {
  Bytes bytes;
  double relative_error = 0;
  bool without_mtp = false;
};

// A format without a rule: the size somebody published, else what its files usually are over those of its mix.
Target target_size(const ModelProfile& model, const Format& format, Bytes by_mix) {
  if (const PublishedSize* published = find_published(format, model.id)) {
    return {published->bytes, published->relative_error, published->without_mtp};
  }
  const MixRatio& ratio = model.has_experts ? format.experts_over_mix : format.dense_over_mix;
  const double spread = ratio.p50 > 0 ? (ratio.p95 - ratio.p5) / (2 * ratio.p50) : 1;
  return {Bytes::from_double(by_mix.as_double() * ratio.p50), spread, false};
}

// Keeps the proportions of the parts; what rounding leaves over goes to `other`.
void scale_to(WeightProfile& weights, Bytes target, bool without_mtp) {
  const Bytes counted = without_mtp ? weights.file_bytes - weights.mtp : weights.file_bytes;
  if (counted == Bytes(0)) return;
  const double factor = target.as_double() / counted.as_double();
  Bytes sum;
  const auto scale = [factor](Bytes& bytes) { bytes = Bytes::from_double(bytes.as_double() * factor); };
  for (Bytes* part : {&weights.token_embedding, &weights.output_head, &weights.per_layer_embedding,
                      &weights.position_embedding, &weights.mtp, &weights.other}) {
    scale(*part);
    sum += *part;
  }
  scale(weights.tied_head_copy);
  scale(weights.largest_expert_tensor);
  scale(weights.largest_layer_tensor);
  for (GroupWeights& group : weights.groups) {
    for (Bytes* part : {&group.mixer, &group.ffn, &group.routed_experts, &group.shared_experts, &group.other}) {
      scale(*part);
      sum += *part;
    }
  }
  for (Bytes& layer : weights.layer_bytes) scale(layer);
  for (Bytes& layer : weights.layer_expert_bytes) scale(layer);
  weights.mtp_apart = without_mtp;
  if (without_mtp) sum -= weights.mtp;
  weights.other += target - sum;
  weights.file_bytes = target;
}

// How far a modelled checkpoint may be off.
double modelled_error(const ModelProfile& model, const Format& format) {
  const CheckpointRule* checkpoint = checkpoint_of(model, format);
  if (checkpoint != nullptr && checkpoint->relative_error > 0) return checkpoint->relative_error;
  bool mixed =
      model.arch.vision_params > 0 || (!format.released_as.empty() && !format.is_released_in(model.released_in));
  for (const WeightKind& kind : model.kinds) mixed = mixed || kind.recurrent;
  return mixed && format.mixed_error > 0 ? format.mixed_error : format.modelled_error;
}

void judge_precision(const ModelProfile& model, const GgufMix* mix, WeightProfile& weights) {
  const bool known = !gguf::layout_of(model.arch.gguf_arch).partial || !model.stored_mix.empty();
  weights.exact = mix != nullptr && known && model.inventory.exact_shapes;
  if (mix == nullptr) weights.relative_error = modelled_error(model, *weights.format);
  if (!model.inventory.exact_shapes) weights.relative_error = std::max(weights.relative_error, kCountedError);
}

}  // namespace

std::optional<StoredTensor> stored_tensor(const ModelProfile& model, const WeightKind& kind, const Format& format) {
  return store(model, kind, format, mix_of(format));
}

WeightProfile make_weight_profile(const ModelProfile& model, const Format& format) {
  WeightProfile weights;
  weights.format = &format;
  weights.block_scaled = format.kernel == KernelClass::fp8 && format.block_rows > 1 && model.arch.fp8_blocks;
  weights.groups.resize(model.groups.size());
  weights.layer_bytes.resize(model.arch.layers.size());
  weights.layer_expert_bytes.resize(model.arch.layers.size());
  const GgufMix* mix = mix_of(format);
  for (const WeightKind& kind : model.kinds) {
    const std::optional<StoredTensor> stored = store(model, kind, format, mix);
    if (!stored) {
      weights.available = false;
      weights.reason = "rows of " + std::to_string(kind.row) + " weights are not a multiple of this format's block";
      return weights;
    }
    add_kind(model, kind, stored->bytes, weights);
    if (stored->type != GgmlType::count) {
      const bool counts = kind.slot.role != MixRole::kept;
      weights.needs_imatrix =
          weights.needs_imatrix || (counts && mix_needs_imatrix(*mix, kind.slot.role, stored->type));
    }
  }
  if (mix != nullptr && model.copies_tied_head) weights.tied_head_copy = weights.token_embedding;
  weights.vision = Bytes((model.arch.vision_params + model.arch.audio_params) * 2);
  judge_precision(model, mix, weights);
  if (format.family == FormatFamily::gguf_ud && !is_stored_in(model, format)) {
    const Target target = target_size(model, format, weights.file_bytes);
    scale_to(weights, target.bytes, target.without_mtp);
    weights.exact = false;
    weights.relative_error = target.relative_error;
  }
  const std::uint32_t blocks = model.inventory.blocks;
  if (mix != nullptr && !weights.mtp_apart && blocks > model.layer_count()) {
    weights.blocks_after_layers = blocks - model.layer_count();
  }
  const double elements = static_cast<double>(elements_of(model, weights.mtp_apart));
  if (elements > 0) weights.bits_per_weight = kBitsPerByte * weights.file_bytes.as_double() / elements;
  // Checkpoints come with MTP layers; no rule for GGUF files tells how those would hold them.
  const bool comes_as_checkpoint = mix == nullptr || format.family == FormatFamily::plain;
  if (comes_as_checkpoint && weights.mtp == Bytes(0)) {
    weights.mtp_not_in_gguf = mix != nullptr;
    const CheckpointRule* checkpoint = checkpoint_of(model, format);
    const bool kept = checkpoint != nullptr && checkpoint->mtp > 0;
    const double bits = (kept ? checkpoint->mtp : weights.bits_per_weight) * static_cast<double>(model.arch.mtp.params);
    weights.mtp = Bytes::from_double(bits / kBitsPerByte);
    weights.mtp_apart = true;
  }
  return weights;
}

}  // namespace headroom
