#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <vector>

#include "core/catalog/import/hf/parts.h"

namespace headroom::hf {
namespace {

const Names kExperts{"num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_routed_experts"};
const Names kUsed{"num_experts_per_tok",  "num_experts_per_token", "moe_k", "moe_topk", "moe_top_k", "top_k_experts",
                  "num_selected_experts", "experts_per_token",     "topk"};
const Names kExpertWidth{"moe_intermediate_size", "moe_ffn_hidden_size", "expert_ffn_hidden_size"};
const Names kWidth{"intermediate_size", "ffn_dim",         "n_inner",         "d_ff",
                   "ffn_hidden_size",   "decoder_ffn_dim", "encoder_ffn_dim", "block_ff_dim",
                   "mlp_hidden_size",   "hidden_dim"};
const Names kSharedWidth{"shared_expert_intermediate_size", "moe_shared_expert_intermediate_size",
                         "shared_intermediate_size", "share_expert_dim"};
const Names kShared{"n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert"};
constexpr std::uint32_t kDefaultExpansion = 4;  // of GPT-2 and its successors, where the config is silent

// A list of one figure per layer counts by its largest where one figure is wanted.
std::uint32_t single(Fields& config, Names names, std::uint32_t fallback, std::uint32_t most) {
  const auto list = config.numbers(names, most);
  if (!list.empty()) return *std::max_element(list.begin(), list.end());
  return config.get(names, fallback, most);
}

// LFM2 states a width from which two thirds are taken and rounded up.
std::uint32_t adjusted(Fields& config, std::uint32_t width) {
  if (!config.flag({"block_auto_adjust_ff_dim"}, false)) return width;
  const std::uint32_t step = std::max(config.get({"block_multiple_of"}, 256, kMostWidth), 1U);
  const std::uint32_t shrunk = static_cast<std::uint32_t>(2ULL * width / 3);
  return (shrunk + step - 1) / step * step;
}

std::uint32_t default_width(const Context& c) {
  if (const nlohmann::json* nested = c.config.object({"ffn_config"})) {  // DBRX
    Fields inner(*nested, c.config.path_of("ffn_config"));
    return inner.get({"ffn_hidden_size"}, 0, kMostWidth);
  }
  return c.config.get({"expansion_ratio"}, kDefaultExpansion, kMostWidth) * c.hidden;
}

Ffn dense(const Context& c, std::uint32_t width) {
  Ffn ffn;
  ffn.kind = FfnKind::dense;
  ffn.width = width;
  ffn.gated = c.family.gated;
  ffn.bias_up = ffn.bias_down = (c.biases & bias::kMlp) != 0;
  return ffn;
}

Ffn experts(Context& c, std::uint32_t count, std::uint32_t width) {
  Fields& config = c.config;
  Ffn ffn;
  ffn.kind = FfnKind::moe;
  ffn.experts = count;
  ffn.experts_used = single(config, kUsed, 1, kMostExperts);
  ffn.expert_width = single(config, kExpertWidth, width, kMostWidth);
  ffn.gated = ffn.experts_gated = ffn.shared_gated = c.family.gated;
  ffn.expert_bias = c.family.gguf_arch == "gpt-oss";
  ffn.router_bias = c.family.router_bias;
  ffn.latent = config.get({"moe_latent_size"}, 0, kMostWidth);
  ffn.shared_experts = single(config, kShared, 0, kMostExperts);
  ffn.shared_width = ffn.shared_experts * ffn.expert_width;
  if (const std::uint32_t stated = single(config, kSharedWidth, 0, kMostWidth); stated != 0) {
    ffn.shared_experts = std::max(ffn.shared_experts, 1U);
    ffn.shared_width = stated;
    // Qwen alone uses this name, and weighs its shared expert by a learned gate.
    ffn.shared_gate = config.has({"shared_expert_intermediate_size"});
  }
  if (config.flag({"residual_moe"}, false)) {  // Grok: a dense part beside the experts
    ffn.shared_experts = 1;
    ffn.shared_width = width;
  }
  if (config.flag({"parallel_attn_mlp_res"}, false)) ffn.dense_residual_width = c.hidden;  // Arctic
  ffn.zero_experts = config.get({"zero_expert_num"}, 0, kMostExperts);
  if (c.family.gguf_arch == "llama4") {  // one shared expert that the config does not mention
    ffn.shared_experts = 1;
    ffn.shared_width = ffn.expert_width;
  }
  return ffn;
}

// "3,4,5", as Step 3.5 lists its layers.
std::vector<std::uint32_t> listed_layers(const std::string& text) {
  std::vector<std::uint32_t> layers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::uint32_t layer = 0;
    const auto [after, problem] = std::from_chars(at, end, layer);
    if (problem != std::errc() || layers.size() == kMostLayers) break;
    layers.push_back(layer);
    at = std::find_if(after, end, [](char c) { return c >= '0' && c <= '9'; });
  }
  return layers;
}

// Which layers route to experts; without any rule all do.
std::vector<bool> expert_layers(Context& c, const LayerPlan& plan) {
  Fields& config = c.config;
  std::vector<bool> routed(c.layers, true);
  const auto words = config.words({"mlp_layer_types"});
  const auto frequency = config.numbers({"moe_layer_freq", "is_moe_layer"}, kMostLayers);
  const auto listed = listed_layers(config.text({"moe_layers_enum"}).value_or(""));
  const std::uint32_t first =
      config.get({"first_k_dense_replace", "moe_layer_start_index", "num_dense_layers"}, 0, kMostLayers);
  const std::uint32_t step = std::max(
      config.get({"decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval"}, 1, kMostLayers), 1U);
  const std::uint32_t period = std::max(config.get({"expert_layer_period"}, 1, kMostLayers), 1U);  // Jamba
  const std::uint32_t offset = config.get({"expert_layer_offset"}, 0, kMostLayers) % period;
  for (std::uint32_t i = 0; i < c.layers; ++i) {
    if (!words.empty()) {
      routed[i] = i < words.size() && words[i] != "dense";
    } else if (!listed.empty()) {
      routed[i] = std::find(listed.begin(), listed.end(), i) != listed.end();
    } else if (!frequency.empty()) {
      routed[i] = i < frequency.size() && frequency[i] != 0;
    } else {
      routed[i] = i >= first && (i + 1) % step == 0 && i % period == offset;
    }
    if (plan.alone) routed[i] = plan.kinds[i] == LayerKind::moe;
  }
  for (const std::uint32_t i : config.numbers({"mlp_only_layers"}, kMostLayers)) {
    if (i < c.layers) routed[i] = false;
  }
  return routed;
}

std::uint32_t expert_count(Context& c) {
  if (const nlohmann::json* nested = c.config.object({"ffn_config"})) {
    Fields inner(*nested, c.config.path_of("ffn_config"));
    if (const auto count = inner.find({"moe_num_experts"}, kMostExperts)) return *count;
  }
  return single(c.config, kExperts, 0, kMostExperts);
}

}  // namespace

std::vector<Ffn> make_ffns(Context& context, const LayerPlan& plan) {
  Fields& config = context.config;
  Ffn none;
  none.kind = FfnKind::none;
  if (context.family.no_ffn) return std::vector<Ffn>(context.layers, none);

  const std::uint32_t count = expert_count(context);
  std::vector<std::uint32_t> widths = config.per_layer(kWidth, context.layers, default_width(context), kMostWidth);
  for (std::uint32_t& width : widths) {
    if (width == 0) width = default_width(context);
    width = adjusted(config, width);
    // RecurrentGemma and the first Qwen state gate and value together.
    if (context.family.ssm == MixerKind::rglru || context.family.gguf_arch == "qwen") width /= 2;
  }
  for (std::uint32_t i = 0; i < context.layers; ++i) widths[i] = block_width(context, i, widths[i]);
  // Granite 4 without experts calls its feed-forward part the shared one.
  const std::uint32_t shared = config.get({"shared_intermediate_size"}, 0, kMostWidth);
  const bool routes = count > 1;
  const std::vector<bool> routed = expert_layers(context, plan);
  std::vector<Ffn> out;
  for (std::uint32_t i = 0; i < context.layers; ++i) {
    const bool mixer_only = plan.alone && plan.kinds[i] != LayerKind::mlp && plan.kinds[i] != LayerKind::moe;
    if (mixer_only) {
      out.push_back(none);
    } else if (widths[i] == 0) {  // left out
      out.push_back(none);
    } else if (routes && routed[i]) {
      out.push_back(experts(context, count, widths[i]));
    } else {
      const std::uint32_t beside_experts =
          routes ? config.get({"intermediate_size_mlp", "dense_intermediate_size"}, widths[i], kMostWidth) : widths[i];
      out.push_back(dense(context, !routes && shared != 0 ? shared : beside_experts));
    }
  }
  return out;
}

}  // namespace headroom::hf
