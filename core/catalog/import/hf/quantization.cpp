#include "core/catalog/import/hf/quantization.h"

#include <algorithm>

namespace headroom::hf {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// compressed-tensors and ModelOpt: {"config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "float"}}}}
std::string grouped(Fields& quantization) {
  const nlohmann::json* groups = quantization.object({"config_groups"});
  if (groups == nullptr || groups->empty()) return {};
  Fields group(groups->front(), "group_0");
  const nlohmann::json* weights = group.object({"weights"});
  if (weights == nullptr) return {};
  Fields w(*weights, "weights");
  const std::uint32_t bits = w.get({"num_bits"}, 0, 64);
  const bool real = lower(w.text({"type"}).value_or("int")) == "float";
  if (real) return bits == 4 ? "NVFP4" : bits == 8 ? "FP8" : "";
  return bits == 4 ? "GPTQ-INT4" : bits == 8 ? "INT8" : "";
}

std::string by_bits(std::string_view method, std::uint32_t bits) {
  return bits == 0 ? std::string() : std::string(method) + "-INT" + std::to_string(bits);
}

std::string quantized(Fields& q) {
  const std::string method = lower(q.text({"quant_method", "quant_algo", "quantization_method"}).value_or(""));
  const std::string algorithm = lower(q.text({"quant_algo"}).value_or(""));
  const std::uint32_t bits = q.get({"bits", "w_bit"}, 0, 64);
  if (method == "awq") return by_bits("AWQ", bits == 0 ? 4 : bits);
  if (method == "gptq" || method == "auto-round") return by_bits("GPTQ", bits == 0 ? 4 : bits);
  if (method == "mxfp4" || mentions(algorithm, "mxfp4")) return "MXFP4";
  if (mentions(algorithm, "nvfp4")) return "NVFP4";
  if (mentions(method, "fp8") || mentions(algorithm, "fp8")) return "FP8";
  if (method == "bitsandbytes") return q.flag({"load_in_8bit", "_load_in_8bit"}, false) ? "INT8" : "BNB-NF4";
  if (method == "compressed-tensors" || method == "modelopt") return grouped(q);
  if (method == "exl3" || method == "exl2") return method == "exl3" ? "EXL3" : "EXL2";
  return {};
}

std::string plain(const std::string& type) {
  if (mentions(type, "bfloat16")) return "BF16";
  if (mentions(type, "float16")) return "FP16";
  if (mentions(type, "float32")) return "FP32";
  return mentions(type, "float8") ? "FP8" : "";
}

}  // namespace

std::string stored_format(Fields& config) {
  if (const nlohmann::json* object = config.object({"quantization_config", "compression_config"})) {
    Fields q(*object, config.path_of("quantization_config"));
    return quantized(q);
  }
  if (const nlohmann::json* object = config.object({"quantization"})) {  // MLX
    Fields q(*object, config.path_of("quantization"));
    const std::uint32_t bits = q.get({"bits"}, 0, 64);
    if (bits != 0) return "MLX-" + std::to_string(bits) + "bit";
  }
  return plain(lower(config.text({"torch_dtype", "dtype"}).value_or("")));
}

}  // namespace headroom::hf
