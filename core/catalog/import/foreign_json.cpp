#include "core/catalog/import/foreign_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/catalog/import/message_text.h"
#include "core/catalog/json_text.h"

namespace headroom {
namespace {

// A member that only this kind of file has, beside figures of no model.
struct ForeignMember {
  const char* member;
  std::string_view what;
};
constexpr std::array<ForeignMember, 17> kForeignMembers{{
    {"peft_type", "an adapter's adapter_config.json"},
    {"base_model_name_or_path", "an adapter's adapter_config.json"},
    {"tokenizer_class", "a tokenizer's configuration"},
    {"added_tokens_decoder", "a tokenizer's configuration"},
    {"added_tokens", "a tokenizer.json"},
    {"chat_template", "a chat template"},
    {"image_processor_type", "a preprocessor's configuration"},
    {"feature_extractor_type", "a preprocessor's configuration"},
    {"processor_class", "a preprocessor's configuration"},
    {"do_resize", "a preprocessor's configuration"},
    {"eos_token", "a list of special tokens"},
    {"quant_algo", "a quantization's configuration"},
    {"quantization", "a quantization's configuration"},
    {"bos_token_id", "a generation_config.json"},
    {"eos_token_id", "a generation_config.json"},
    {"max_new_tokens", "a generation_config.json"},
    {"num_train_timesteps", "a scheduler's configuration"},
}};
// What every configuration of a model has one of.
constexpr std::array<const char*, 11> kOfModels{
    "hidden_size", "n_embd",          "n_embed",        "d_model",          "dim", "model_dim", "text_config",
    "llm_config",  "language_config", "thinker_config", "num_hidden_layers"};

std::string adapter(const nlohmann::json& file) {
  const std::string_view base = text_member(file, "base_model_name_or_path");
  std::string rank;
  if (const auto r = number_member(file, "r")) rank = " of rank " + std::to_string(static_cast<long long>(*r));
  return rank + (base.empty() ? std::string() : " for " + quote(base)) +
         "; choose that model and state the rank under adapters";
}

}  // namespace

Status foreign_json(const nlohmann::json& file) {
  const auto has = [&file](const char* name) { return file.contains(name); };
  const std::string_view pipeline = text_member(file, "_class_name");
  if (!pipeline.empty()) {
    return Error{ErrorCode::unsupported, "config: " + quote(pipeline) +
                                             " is a part of an image or video pipeline (diffusers); those are chosen "
                                             "from the catalog, not imported"};
  }
  if (std::any_of(kOfModels.begin(), kOfModels.end(), has)) return std::nullopt;
  for (const ForeignMember& kind : kForeignMembers) {
    if (!has(kind.member)) continue;
    const bool lora = kind.what.starts_with("an adapter");
    return Error{ErrorCode::unsupported, "config: this is " + std::string(kind.what) +
                                             (lora ? adapter(file) : "; the model's own config.json is needed")};
  }
  return std::nullopt;
}

}  // namespace headroom
