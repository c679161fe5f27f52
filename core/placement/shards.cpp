#include <algorithm>
#include <cmath>

#include "core/memory/cache_rules.h"
#include "core/placement/largest.h"
#include "core/placement/planner.h"

namespace headroom {
namespace {

// Heads must divide over the ranks; K/V heads may instead be repeated a whole number of times.
bool divides(const ModelProfile& model, std::uint32_t ranks) {
  for (const LayerGroup& group : model.groups) {
    const Mixer& m = group.mixer;
    if (m.heads != 0 && m.heads % ranks != 0) return false;
    const bool grouped = m.kind == MixerKind::gqa || m.kind == MixerKind::attention_mamba2;
    if (grouped && m.kv_heads != 0 && m.kv_heads % ranks != 0 && ranks % m.kv_heads != 0) return false;
  }
  return true;
}

// Whether no rank cuts a block of scales of the checkpoint as released: engines refuse to load that (vLLM's
// quantization/fp8.py, create_weights). `expert_ranks` cut each expert; 1: every rank holds whole ones.
bool keeps_blocks(const ModelProfile& model, const Format* format, std::uint32_t ranks, std::uint32_t expert_ranks) {
  if (format == nullptr || format->block_rows <= 1 || !format->is_released_in(model.released_in)) return true;
  const auto whole = [format](std::uint64_t width, std::uint32_t parts) {
    return parts == 1 || width % (std::uint64_t{parts} * format->block_rows) == 0;
  };
  for (const LayerGroup& group : model.groups) {
    const Ffn& ffn = group.ffn;
    if (ffn.experts > 0 ? !whole(ffn.expert_width, expert_ranks) : !whole(ffn.width, ranks)) return false;
  }
  return true;
}

// Only ranks that would repeat K/V heads, or a latent row, can hold different tokens instead.
bool shares_tokens(const ModelProfile& model, std::uint32_t ranks, std::uint32_t context_ranks) {
  if (context_ranks == 1) return true;
  for (const LayerGroup& group : model.groups) {
    const Mixer& m = group.mixer;
    const std::uint32_t heads = keeps_latent_rows(m.kind) ? 1 : m.kv_heads;
    if (heads == 0) continue;
    if (ranks % heads != 0 || (ranks / heads) % context_ranks != 0) return false;
  }
  return true;
}

// The share of a rank beside `other` in the same stage; only the device differs.
DeviceShare like(const DeviceShare& other, const DeviceShare& device) {
  DeviceShare share = other;
  share.usable = device.usable;
  share.engine = device.engine;
  return share;
}

// The token mixers of the layers that a stage holds.
Bytes mixers_of(const DeviceShare& share, const ModelProfile& model, const WeightProfile& weights) {
  Bytes sum;
  for (std::size_t g = 0; g < share.layers_of_group.size(); ++g) {
    sum += Bytes(divide_up(weights.groups[g].mixer.value() * share.layers_of_group[g], model.groups[g].count));
  }
  return sum;
}

}  // namespace

// Fills how many ranks there are and what they divide; false when what a person asked for cannot be.
bool Planner::choose_ranks() {
  const auto devices = static_cast<std::uint32_t>(out_.devices.size());
  std::uint32_t tensor = in_.settings.tensor_parallel;
  std::uint32_t stages = std::max(in_.settings.pipeline_parallel, 1U);
  const std::uint32_t copies = std::max(in_.settings.data_parallel, 1U);
  const bool by_layers = in_.settings.split == Split::layer && in_.engine.pipeline_parallel && tensor == 0;
  const bool expert_ranks = in_.engine.expert_parallel && in_.model.has_experts;
  const bool chooses_experts = expert_ranks && in_.settings.split == Split::automatic;
  bool experts = expert_ranks && in_.settings.split == Split::expert;
  const bool shares_networks = in_.engine.copy_holds == CopyHolds::attention && in_.model.has_experts;
  const auto loads = [&](std::uint32_t ranks) {
    return keeps_blocks(in_.model, in_.weights.format, shares_networks ? ranks * copies : ranks,
                        experts || chooses_experts ? 1 : ranks * copies);
  };
  if (in_.settings.split == Split::none || by_layers) tensor = 1;
  if (by_layers && in_.settings.pipeline_parallel == 0) stages = std::max(devices / copies, 1U);
  if (tensor == 0) {
    const bool automatic = in_.settings.pipeline_parallel == 0;
    tensor = copies > 1 && in_.engine.copy_per_device ? 1 : std::max(devices / stages / copies, 1U);
    // Ranks exchange what they have computed after every layer, stages once: a network is for stages.
    const std::uint32_t joined = in_.system.devices_per_host;
    if (automatic && in_.engine.pipeline_parallel && joined > 0) {
      tensor = std::clamp(joined / copies, 1U, tensor);
    }
    const bool deals_stages = automatic && in_.engine.pipeline_parallel;
    const auto stages_of = [&](std::uint32_t ranks) { return std::max(devices / (ranks * copies), 1U); };
    const auto busy = [&](std::uint32_t ranks) {
      return ranks == 0 ? 0 : ranks * copies * (deals_stages ? stages_of(ranks) : stages);
    };
    // The widest division of those that leave the fewest devices idle.
    std::uint32_t best = 0;
    for (std::uint32_t ranks = tensor; ranks > 0 && busy(best) < devices; --ranks) {
      if (ranks > 1 && (!divides(in_.model, ranks) || !loads(ranks))) continue;
      if (busy(ranks) > busy(best)) best = ranks;
    }
    tensor = best;
    if (deals_stages) stages = stages_of(tensor);
  } else if (!divides(in_.model, tensor)) {
    // Shown as if the ranks could share the heads: the engine refuses before it allocates anything.
    out_.reason.key = "placement.heads_not_divisible";
    out_.tensor_parallel = tensor;
    return false;
  } else if (!loads(tensor)) {
    out_.reason.key = "placement.blocks_not_divisible";
    out_.tensor_parallel = tensor;
    return false;
  }
  if (std::uint64_t{tensor} * copies * stages > devices) {
    out_.reason.key = "placement.too_few_devices";
    return false;
  }
  out_.tensor_parallel = tensor;
  out_.data_parallel = copies;
  out_.network_ranks = shares_networks ? out_.ranks() : tensor;
  out_.context_parallel = std::max(in_.settings.context_parallel, 1U);
  if (!shares_tokens(in_.model, tensor, out_.context_parallel)) {
    out_.reason.key = "placement.tokens_not_divisible";
    out_.context_parallel = 1;
    return false;
  }
  out_.pipeline_parallel = std::min(stages, std::max(in_.model.layer_count(), 1U));
  // Copies exchange tokens for whole experts; cutting experts among them is nobody's way of running them.
  if (chooses_experts && (copies > 1 || !keeps_blocks(in_.model, in_.weights.format, tensor, tensor))) experts = true;
  if (experts) out_.expert_parallel = out_.ranks();
  const bool cut = tensor > 1 || (copies > 1 && in_.model.has_experts);
  out_.split = experts ? Split::expert : cut ? Split::tensor : stages > 1 ? Split::layer : Split::none;
  return true;
}

const ExpertLayout* Planner::expert_layout(std::size_t device) const {
  const Format* format = in_.weights.format;
  if (format == nullptr || !in_.model.has_experts || in_.engine.expert_layouts.empty()) return nullptr;
  return in_.engine.expert_layout(in_.model.arch.gguf_arch, format->id, *in_.system.devices[device],
                                  in_.system.backend);
}

// Bytes of a layer's routed experts as the engine holds them, over those in the file.
double Planner::expert_growth(const ExpertLayout& layout, std::uint32_t layer) const {
  const Format& format = *in_.weights.format;
  const std::uint64_t width = in_.model.groups[in_.model.group_of_layer[layer]].ffn.expert_width;
  const std::uint64_t hidden = in_.model.arch.hidden;
  if (width == 0 || hidden == 0) return 1;
  const std::uint64_t ranks = out_.expert_parallel > 1 ? 1 : out_.ranks();
  const std::uint64_t padded_width = round_up(divide_up(width, ranks), layout.width) * ranks;
  const auto padded = static_cast<double>(padded_width) * static_cast<double>(round_up(hidden, layout.hidden));
  const double scale_bits = format.group > 0 ? format.group_overhead_bits / format.group : 0;
  const double bits = format.matrix_bits + scale_bits;
  const double held = format.matrix_bits + scale_bits * layout.scale_copies;
  return padded / (static_cast<double>(width) * static_cast<double>(hidden)) * (bits > 0 ? held / bits : 1);
}

// The first layer of a stage, as the engine deals out layers that do not divide evenly.
std::uint32_t Planner::first_of_stage(std::uint32_t stage) const {
  const std::uint32_t stages = out_.pipeline_parallel, layers = in_.model.layer_count();
  const std::uint32_t extra = layers % stages;
  std::uint32_t from = 0;  // the stages that have one more, [from, from + extra)
  if (in_.engine.extra_layers != ExtraLayers::first) from = stages - extra;
  if (in_.engine.extra_layers == ExtraLayers::before_last && extra > 0) --from;
  const std::uint32_t before = stage > from ? std::min(stage - from, extra) : 0;
  return layers / stages * stage + before;
}

Bytes Planner::adapters_of(const DeviceShare& share) const {
  const AdapterRanks ranks{out_.tensor_parallel, out_.ranks(), out_.expert_parallel > 1};
  Bytes bytes;
  for (const Adapter& asked : in_.settings.adapters) {
    const Adapter adapter = as_kept(asked);
    for (std::size_t g = 0; g < share.layers_of_group.size(); ++g) {
      bytes +=
          adapter_layer_bytes(in_.model.groups[g], in_.model.arch.hidden, adapter, ranks) * share.layers_of_group[g];
    }
  }
  return bytes;
}

// Of the layers that guess tokens, which are like those of the model they resemble.
Bytes Planner::mtp_experts() const {
  const auto& groups = in_.model.group_of_layer;
  const auto alike = std::find(groups.begin(), groups.end(), in_.model.mtp_group());
  if (alike == groups.end()) return Bytes(0);
  const auto layer = static_cast<std::size_t>(alike - groups.begin());
  const double whole = in_.weights.layer_bytes[layer].as_double();
  const double share = whole > 0 ? in_.weights.layer_expert_bytes[layer].as_double() / whole : 0;
  return Bytes::from_double(in_.weights.mtp.as_double() * share);
}

// What each rank holds of `all` bytes of a stage, `routed` of them routed experts.
Bytes Planner::held_by_rank(const DeviceShare& share, Bytes all, Bytes routed) const {
  if (out_.data_parallel == 1) return Bytes(divide_up(all.value(), out_.ranks()));
  const bool whole = out_.network_ranks == out_.tensor_parallel;
  const Bytes copied = whole ? all - routed : mixers_of(share, in_.model, in_.weights);
  return Bytes(divide_up(copied.value(), out_.tensor_parallel) + divide_up((all - copied).value(), out_.ranks()));
}

void Planner::place_shards() {
  reset_shares();
  out_.impossible = !choose_ranks();
  const std::uint32_t ranks = out_.ranks(), stages = out_.pipeline_parallel;
  out_.devices.resize(std::min<std::size_t>(out_.devices.size(), std::size_t{ranks} * stages));
  const std::uint32_t layers = in_.model.layer_count();
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    DeviceShare& share = out_.devices[d];
    if (d % ranks != 0) {
      share = like(out_.devices[d - 1], share);
      continue;
    }
    const auto stage = static_cast<std::uint32_t>(d / ranks);
    const std::uint32_t first = first_of_stage(stage), end = first_of_stage(stage + 1);
    if (stages == 1) {
      give_everything(false);
    } else {
      give_layers(d, first, end, 0);
    }
    Bytes bytes = share.weights, routed;
    const ExpertLayout* experts = expert_layout(d);
    for (std::uint32_t layer = first; layer < end; ++layer) {
      routed += in_.weights.layer_expert_bytes[layer];
      if (experts == nullptr) continue;
      const double growth = expert_growth(*experts, layer) - 1;
      const auto grown = Bytes::from_double(in_.weights.layer_expert_bytes[layer].as_double() * std::max(growth, 0.0));
      bytes += grown;
      routed += grown;
    }
    const bool last = stage + 1 == stages;
    if (stage == 0) bytes += fixed_.input;
    if (last) bytes += fixed_.head;
    if (last && in_.settings.speculation.kind == SpeculationKind::mtp) routed += mtp_experts();
    share.holds_output = last;
    share.weights = held_by_rank(share, bytes, routed);
    share.adapters = adapters_of(share);
    if (stage == 0) {
      share.projector = Bytes(divide_up(fixed_.projector.value(), in_.engine.shards_towers ? out_.tensor_parallel : 1));
    }
  }
  fills_pool_ = in_.engine.reserve != ReservePolicy::needed;
  if (fills_pool_ && !out_.impossible) fill_pools();
  if (!fills_pool_) measure_slack();
  out_.gpu_layers = layers;
}

EncoderStep Planner::encoding() const {
  if (in_.weights.vision == Bytes(0)) return {};
  const std::uint32_t ranks = in_.engine.shards_towers ? out_.tensor_parallel : 1;
  return encoder_step(in_.model, in_.engine, in_.settings.cache, ranks);
}

// A share for weights and cache leaves the rest of the device to the buffers and the engine itself.
void Planner::add_what_stands_beside(std::size_t device) {
  DeviceShare& share = out_.devices[device];
  const Bytes limit = std::max(in_.system.devices[device]->memory, share.usable);
  share.usable = std::min(share.usable + dynamic_parts(device).compute + share.engine, limit);
}

// What the cache may take on a device once everything else has its place.
Bytes Planner::pool_of(std::size_t device) const {
  const DeviceShare& share = out_.devices[device];
  const Dynamic parts = dynamic_parts(device);
  const Bytes rest = share.weights + parts.compute + share.engine + share.adapters + parts.draft + share.projector;
  const Bytes left = share.usable - rest;
  if (in_.engine.reserve == ReservePolicy::fraction_free) {
    return Bytes::from_double(left.as_double() * in_.engine.memory_fraction);
  }
  return left;
}

void Planner::fill_pools() {
  const std::uint32_t layers = std::max(in_.model.layer_count(), 1U);
  Bytes smallest = Bytes::max();
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    DeviceShare& share = out_.devices[d];
    if (in_.engine.reserve == ReservePolicy::fraction_static) add_what_stands_beside(d);
    share.kv =
        repeats(d) ? out_.devices[d - 1].kv : Bytes::from_double(pool_of(d).as_double() * (1 - draft_of_pool(d)));
    // A stage keeps the pages of its own layers only.
    const double whole = share.kv.as_double() * layers / std::max<double>(share.layers, 1);
    smallest = std::min(smallest, Bytes::from_double(whole));
  }
  if (in_.engine.cache == CachePolicy::pages) {
    fill_token_pools(smallest);
  } else {
    fill_page_pools(smallest);
  }
}

// Each copy has sequences of its own.
std::uint64_t Planner::sequences_per_copy() const {
  return divide_up(in_.settings.cache.sequences(), out_.data_parallel);
}

// Pools of tokens, `available` bytes of a rank, as if it held all layers.
void Planner::fill_token_pools(Bytes available) {
  const CacheSettings& cache = in_.settings.cache;
  const TokenPools pools = token_pools(in_.model, in_.engine, cache, out_.tensor_parallel, out_.context_parallel);
  const std::uint64_t sequences = sequences_per_copy();
  keep_capacity(pool_capacity(pools, cache, available), pool_needed(pools, cache, sequences));
  if (pools.empty()) return keep_unlimited();
  const auto left = [&](std::uint32_t context) {
    CacheSettings asked = cache;
    asked.context = std::min(context, in_.model.arch.longest_context());
    return available.as_double() - pool_needed(pools, asked, sequences).as_double();
  };
  const std::uint32_t step = std::max(in_.engine.block_tokens, 1U);
  out_.safe_context = largest(0, in_.model.arch.longest_context(), step, available.as_double(), left);
}

void Planner::fill_page_pools(Bytes available) {
  const CacheSettings& cache = in_.settings.cache;
  PagePlan plan = page_plan(in_.model, in_.engine, cache, out_.tensor_parallel, out_.context_parallel);
  // A drafted token that is refused is undone from the state before it.
  plan.state_pages += now_.state_copies - 1;
  const std::uint64_t sets = plan.page_set() > Bytes(0) ? available.value() / plan.page_set().value() : 0;
  const std::uint64_t sequences = sequences_per_copy();
  const Bytes asked = plan.page_set() * (plan.pages_per_sequence(cache.context, cache.batch) * sequences);
  keep_capacity(page_capacity(plan, in_.engine, cache, available), asked);
  if (plan.page_set() == Bytes(0)) return keep_unlimited();
  const std::uint32_t longest = in_.model.arch.longest_context();
  const auto pages_left = [&](std::uint32_t context) {
    const std::uint64_t tokens = std::min(context, longest);
    return static_cast<double>(sets) - static_cast<double>(plan.pages_per_sequence(tokens, cache.batch) * sequences);
  };
  const std::uint32_t step = std::max(in_.engine.block_tokens, 1U);
  out_.safe_context = largest(0, longest, step, static_cast<double>(sets), pages_left);
}

// `capacity` and `asked`, the cache of the sequences asked for, are of one copy.
void Planner::keep_capacity(const PageCapacity& capacity, Bytes asked) {
  constexpr double kCountless = 1e8;  // times sixteen copies is a number of 32 bit
  const std::uint32_t layers = std::max(in_.model.layer_count(), 1U);
  out_.kv_tokens = capacity.tokens * out_.data_parallel;
  out_.max_parallel =
      static_cast<std::uint32_t>(std::floor(std::min(capacity.concurrency, kCountless))) * out_.data_parallel;
  const Bytes of_layer(asked.value() / layers), over(asked.value() % layers);
  for (DeviceShare& share : out_.devices) {
    share.cache_asked = of_layer * share.layers + Bytes((over * share.layers).value() / layers);
  }
}

// A model that caches nothing.
void Planner::keep_unlimited() {
  out_.safe_context = in_.model.arch.longest_context();
  out_.max_parallel = in_.settings.cache.sequences();
}

}  // namespace headroom
