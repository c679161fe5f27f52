#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/catalog/json_text.h"
#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

using nlohmann::json;

// Where an object keeps a rate and the counts that go with it. "" where it has no such member.
struct RateKeys {
  PastedKind kind;
  const char* rate;
  const char* tokens;
  const char* depth;
  const char* sequences;
  std::string_view engine;
};
constexpr std::array<RateKeys, 5> kRateKeys{{
    {PastedKind::prefill, "speed_pp", "pp", "", "", kLlamaCpp},                        // llama-batched-bench
    {PastedKind::decode, "speed_tg", "tg", "pp", "pl", kLlamaCpp},                     //
    {PastedKind::prefill, "prompt_per_second", "prompt_n", "cache_n", "", kLlamaCpp},  // llama-server
    {PastedKind::decode, "predicted_per_second", "predicted_n", "", "", kLlamaCpp},    //
    {PastedKind::decode, "tokens_per_second", "predicted_tokens_count", "", "", ""},   // LM Studio
}};
// Parts of an object that hold them.
constexpr std::array<const char*, 2> kRateParts{"timings", "stats"};

double member(const json& object, const char* key) { return number_member(object, key).value_or(0); }

Reading read_llama_bench(const json& object, std::uint32_t number, Paste& paste) {
  std::vector<std::string> header;
  std::vector<std::string> row;
  for (const auto& [name, value] : object.items()) {
    if (value.is_structured()) continue;
    header.push_back(name);
    row.push_back(value.is_string() ? value.get_ref<const std::string&>() : json_text(value));
  }
  return read_bench_row(header, row, number, paste);
}

// Ollama's answer has counts and nanoseconds.
bool read_ollama(const json& object, std::uint32_t number, Paste& paste) {
  constexpr double kNanosecondsPerSecond = 1e9;
  const double output_ns = member(object, "eval_duration");
  if (!(output_ns > 0)) return false;
  tell_model(text_member(object, "model"), paste);
  paste.told.engine = kLlamaCpp;
  const double prompt = member(object, "prompt_eval_count"), prompt_ns = member(object, "prompt_eval_duration");
  if (prompt_ns > 0) add_prefill({prompt / prompt_ns * kNanosecondsPerSecond, prompt, {}, 1}, number, paste);
  const double output = member(object, "eval_count");
  return add_decode({output / output_ns * kNanosecondsPerSecond, output, {}, 1}, number, paste);
}

// What "vllm bench serve --save-result" and SGLang's bench_serving write.
Reading read_serving(const json& object, std::uint32_t number, Paste& paste) {
  const double sequences = member(object, "max_concurrency"), tpot = member(object, "mean_tpot_ms");
  tell_model(text_member(object, "model_id"), paste);
  if (!(sequences >= 1) || !(tpot > 0)) return Reading::idle;
  const double requests = std::max(member(object, "completed"), 1.0);
  const double prompt = member(object, "total_input_tokens") / requests;
  const double output = member(object, "total_output_tokens") / requests;
  add_decode({sequences * kMsPerSecond / tpot, output, prompt, sequences}, number, paste);
  return Reading::read;
}

bool read_rate_keys(const json& object, std::uint32_t number, Paste& paste) {
  bool any = false;
  for (const RateKeys& keys : kRateKeys) {
    const auto rate = number_member(object, keys.rate);
    if (!rate) continue;
    paste.told.engine = keys.engine;
    const Speed speed{*rate, member(object, keys.tokens), number_member(object, keys.depth),
                      std::max(member(object, keys.sequences), 1.0)};
    any |= keys.kind == PastedKind::prefill ? add_prefill(speed, number, paste) : add_decode(speed, number, paste);
  }
  return any;
}

Reading read_object(const json& object, std::uint32_t number, Paste& paste) {
  if (number_member(object, "avg_ts")) return read_llama_bench(object, number, paste);
  if (object.contains("mean_tpot_ms")) return read_serving(object, number, paste);
  if (read_ollama(object, number, paste)) return Reading::read;
  const std::string_view model = text_member(object, "model");
  tell_model(model, paste.told);
  bool any = read_rate_keys(object, number, paste);
  for (const char* name : kRateParts) {
    const auto inner = object.find(name);
    if (inner != object.end() && inner->is_object()) any |= read_rate_keys(*inner, number, paste);
  }
  if (any) keep(paste.model, model);
  return any ? Reading::read : Reading::not_mine;
}

Reading read_value(const json& value, std::uint32_t number, Paste& paste) {
  if (value.is_object()) return read_object(value, number, paste);
  Reading all = Reading::not_mine;
  if (!value.is_array()) return all;
  for (const json& item : value) {
    const Reading one = item.is_object() ? read_object(item, number, paste) : Reading::not_mine;
    if (all != Reading::read && one != Reading::not_mine) all = one;
  }
  return all;
}

}  // namespace

Reading JsonReader::read(std::string_view line, std::string_view rest, std::uint32_t number, Paste& paste,
                         std::size_t& length) {
  const std::size_t start = line.find_first_not_of(" \t,");
  if (start == std::string_view::npos || (line[start] != '{' && line[start] != '[')) return Reading::not_mine;
  bool& short_only = line[start] == '{' ? short_objects_ : short_lists_;
  const std::string_view text = (short_only ? line : rest).substr(start);
  const std::size_t block = json_length(text);
  const json value = parse_or_discard(text.substr(0, block));
  if (!value.is_discarded()) {
    length = start + block;
    return read_value(value, number, paste);
  }
  // What has no end, or is long and not JSON, would be gone through again from every line within it.
  if (block == 0 || start + block > line.size()) short_only = true;
  return contains(line, "avg_ts") ? Reading::broken : Reading::not_mine;
}

}  // namespace headroom::paste
