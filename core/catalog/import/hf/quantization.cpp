#include "core/catalog/import/hf/quantization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "core/catalog/import/message_text.h"
#include "core/catalog/json_text.h"

namespace headroom::hf {
namespace {

using nlohmann::json;

std::string lower(std::string_view given) {
  std::string text(given);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Texts and numbers of sections that a stranger wrote: of another kind they read as absent.
std::string word(const json& object, const char* key) { return lower(text_member(object, key)); }
double figure(const json& object, const char* key) { return number_member(object, key).value_or(0); }
bool is_set(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}
const json* section(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_object() ? &*it : nullptr;
}

StoredFormat not_known(const std::string& method) { return {"", {"format_unknown", quote(method), {}}}; }

// "AWQ-INT4", "AWQ-INT4-g64": groups of 128 are what the name means alone.
StoredFormat grouped_int4(std::string_view method, double group) {
  constexpr double kCommon = 128;
  std::string id = std::string(method) + "-INT4";
  if (group == 32 || group == 64) id += "-g" + std::to_string(static_cast<int>(group));
  if (group == 0 || group == 32 || group == 64 || group == kCommon) return {id, {}};
  return {id, {"groups", std::to_string(static_cast<int>(group)), std::to_string(static_cast<int>(kCommon))}};
}

StoredFormat by_bits(std::string_view method, const json& q) {
  const double bits = std::max(figure(q, "bits"), figure(q, "w_bit"));
  if (bits == 0 || bits == 4) {
    return grouped_int4(method, std::max(figure(q, "group_size"), figure(q, "q_group_size")));
  }
  if (bits == 8) return {"INT8", {"eight_bit", std::string(method), {}}};
  return not_known(std::string(method) + " of " + std::to_string(static_cast<int>(bits)) + " bits");
}

// A format by what its name or its type says ("nvfp4", "float8_e4m3fn", "int8_weight_only").
StoredFormat by_words(const std::string& words) {
  struct Known {
    std::string_view word, id;
  };
  constexpr std::array<Known, 12> kKnown{{{"nvfp4", "NVFP4"},
                                          {"mxfp4", "MXFP4"},
                                          {"modelopt_fp4", "NVFP4"},
                                          {"awq", "AWQ-INT4"},
                                          {"fp8", "FP8"},
                                          {"float8", "FP8"},
                                          {"bitnet", "BitNet"},
                                          {"int8", "INT8"},
                                          {"w8a8", "INT8"},
                                          {"eetq", "INT8"},
                                          {"int4", "W4A16"},
                                          {"fp4", "MXFP4"}}};
  for (const Known& known : kKnown) {
    if (mentions(words, known.word)) return {std::string(known.id), {}};
  }
  return not_known(words);
}

// Attention left at 16 bit means that the experts alone are quantized (Kimi K2 Thinking).
bool experts_only(const json& q) {
  const auto ignored = q.find("ignore");
  if (ignored == q.end() || !ignored->is_array()) return false;
  return std::any_of(ignored->begin(), ignored->end(), [](const json& name) {
    const auto* text = name.get_ptr<const std::string*>();
    return text != nullptr && mentions(*text, "self_attn");
  });
}

// {"weights": {"num_bits": 4, "type": "float", "group_size": 16}}
StoredFormat of_weights(const json& weights, bool experts) {
  const double bits = figure(weights, "num_bits"), group = figure(weights, "group_size");
  if (word(weights, "type") == "float") {
    if (bits == 4) return {group == 32 ? "MXFP4" : "NVFP4", {}};
    if (bits == 8) return {"FP8", {}};
  } else {
    if (bits == 4 && experts) return {"INT4", {}};
    if (bits == 4) return group == 32 || group == 64 ? grouped_int4("GPTQ", group) : StoredFormat{"W4A16", {}};
    if (bits == 8) return {"INT8", {}};
  }
  return not_known(std::to_string(static_cast<int>(bits)) + "-bit " + word(weights, "type"));
}

// compressed-tensors and ModelOpt: {"config_groups": {"group_0": {"weights": ...}}}. The first group counts.
StoredFormat grouped(const json& q) {
  const json* groups = section(q, "config_groups");
  StoredFormat first;
  if (groups == nullptr) return first;
  for (const json& group : *groups) {
    const json* weights = group.is_object() ? section(group, "weights") : nullptr;
    if (weights == nullptr) continue;
    StoredFormat format = of_weights(*weights, experts_only(q));
    format.scaled_by_blocks = word(*weights, "strategy") == "block";
    if (first.id.empty() && first.doubt.empty()) first = format;
    if (format.id != first.id) first.doubt = {"mixed_formats", first.id, {}};
  }
  return first;
}

// ModelOpt names one algorithm, or one for each layer: then the most frequent counts.
StoredFormat modelopt(const json& q, const std::string& algorithm) {
  const json* layers = section(q, "quantized_layers");
  if (layers == nullptr) return by_words(algorithm);
  std::map<std::string, std::size_t> counts;
  for (const json& layer : *layers) {
    if (layer.is_object()) ++counts[word(layer, "quant_algo")];
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == counts.end()) return not_known(algorithm);
  StoredFormat format = by_words(most->first);
  if (counts.size() > 1 && !format.id.empty()) format.doubt = {"mixed_formats", format.id, {}};
  return format;
}

// AMD Quark: {"global_quant_config": {"weight": {"dtype": "fp4"}}}. Of a list of steps the last is what is stored.
StoredFormat quark(const json& q) {
  const json* global = section(q, "global_quant_config");
  const json* layers = section(q, "layer_quant_config");
  if ((global == nullptr || global->empty()) && layers != nullptr && !layers->empty() && layers->front().is_object()) {
    global = &layers->front();
  }
  if (global == nullptr) return not_known("quark");
  const auto weight = global->find("weight");
  if (weight == global->end()) return not_known("quark");
  const json& last = weight->is_array() && !weight->empty() ? weight->back() : *weight;
  return last.is_object() ? by_words(word(last, "dtype")) : not_known("quark");
}

// {"quant_type": "int8_weight_only"} or {"quant_type": {"default": {"_type": "Float8WeightOnlyConfig"}}}
StoredFormat torchao(const json& q) {
  const json* type = section(q, "quant_type");
  const json* chosen = type == nullptr ? nullptr : section(*type, "default");
  return by_words(chosen == nullptr ? word(q, "quant_type") : word(*chosen, "_type"));
}

// "EXL3-4.0bpw": the nearest of the sizes that are known.
StoredFormat exl(const std::string& method, double bits) {
  constexpr std::array<double, 9> kSizes{2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 8};
  if (!(bits > 0)) return not_known(method);
  const double nearest = *std::min_element(
      kSizes.begin(), kSizes.end(), [bits](double a, double b) { return std::abs(a - bits) < std::abs(b - bits); });
  const int tenths = static_cast<int>(nearest * 10);
  StoredFormat format{
      (method == "exl2" ? "EXL2-" : "EXL3-") + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "bpw",
      {}};
  if (bits != nearest) format.doubt = {"bits_as", format.id, {}};
  return format;
}

// {"group_size": 64, "bits": 4, "mode": "affine"}, and a section of its own for a tensor that is stored otherwise.
StoredFormat mlx(const json& q) {
  constexpr std::array<double, 6> kBits{2, 3, 4, 5, 6, 8};
  constexpr double kCommon = 64, kSmall = 32;
  const double bits = figure(q, "bits");
  const std::string mode = word(q, "mode");
  if (mode == "mxfp4") {
    const bool others =
        std::any_of(q.begin(), q.end(), [](const json& own) { return own.is_object() && figure(own, "bits") == 8; });
    return {others ? "MLX-MXFP4-Q8" : "MLX-mxfp4", {}};
  }
  if (mode == "nvfp4" || mode == "mxfp8") return {"MLX-" + mode, {}};
  if (std::find(kBits.begin(), kBits.end(), bits) == kBits.end()) return not_known("MLX");
  StoredFormat format{"MLX-" + std::to_string(static_cast<int>(bits)) + "bit", {}};
  const double group = figure(q, "group_size");
  if (group == kSmall && (bits == 4 || bits == 8)) {
    format.id += "-g32";
  } else if (group != 0 && group != kCommon) {
    format.doubt = {"groups", std::to_string(static_cast<int>(group)), std::to_string(static_cast<int>(kCommon))};
  }
  return format;
}

StoredFormat quantized(const json& q) {
  std::string method = word(q, "quant_method");
  const std::string algorithm = word(q, "quant_algo");
  if (method.empty()) method = word(q, "quantization_method");
  if (method.empty() && algorithm.empty()) return figure(q, "bits") > 0 ? mlx(q) : grouped(q);
  if (method == "awq") return by_bits("AWQ", q);
  if (mentions(method, "gptq") || mentions(method, "auto-round")) return by_bits("GPTQ", q);
  if (method == "bitsandbytes") {
    return {is_set(q, "load_in_8bit") || is_set(q, "_load_in_8bit") ? "BNB-INT8" : "BNB-NF4", {}};
  }
  if (method == "exl2" || method == "exl3") return exl(method, figure(q, "bits"));
  if (method == "quark") return quark(q);
  if (method == "torchao") return torchao(q);
  if (!algorithm.empty()) return modelopt(q, algorithm);
  if (StoredFormat format = grouped(q); !format.id.empty() || !format.doubt.empty()) return format;
  return by_words(method);
}

std::string plain(const std::string& type) {
  if (mentions(type, "bfloat16")) return "BF16";
  if (mentions(type, "float16")) return "FP16";
  if (mentions(type, "float32")) return "FP32";
  return mentions(type, "float8") ? "FP8" : "";
}

// The quantization that a section states, or null.
const json* stated(Fields& config) {
  return config.object({"quantization_config", "compression_config", "quantization"});
}

}  // namespace

StoredFormat stored_format(Fields& outer, Fields& inner) {
  const json* quantization = stated(outer);
  if (quantization == nullptr) quantization = stated(inner);
  if (quantization != nullptr) {
    StoredFormat format = quantized(*quantization);
    const auto block = quantization->find("weight_block_size");
    if (block != quantization->end() && block->is_array() && !block->empty()) format.scaled_by_blocks = true;
    // DeepSeek-V4 states its experts' type beside the quantization of the rest.
    if (format.id == "FP8" && lower(inner.text({"expert_dtype"}).value_or("")) == "fp4") format.id = "FP8-FP4";
    return format;
  }
  const std::string type = outer.text({"torch_dtype", "dtype"}).value_or("");
  return {plain(lower(type.empty() ? inner.text({"torch_dtype", "dtype"}).value_or("") : type)), {}};
}

}  // namespace headroom::hf
