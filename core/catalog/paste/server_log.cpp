#include <algorithm>
#include <array>
#include <optional>

#include "core/catalog/limits.h"
#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

// A figure that follows a label. Units of bytes count by 1024, whether written GiB or GB.
struct ServerLabel {
  std::string_view text;
  PastedKind kind;
  std::string_view engine;
};
constexpr std::array<ServerLabel, 7> kServerBytes{{
    {"Model loading took", PastedKind::weights, kVllm},
    {"Loading model weights took", PastedKind::weights, kVllm},
    {"mem usage=", PastedKind::weights, kSglang},
    {"Available KV cache memory", PastedKind::kv_cache, kVllm},
    {"memory reserved for KV Cache is", PastedKind::kv_cache, kVllm},
    {"K size", PastedKind::kv_cache, kSglang},
    {"KV size", PastedKind::kv_cache, kSglang},
}};
constexpr std::array<ServerLabel, 4> kServerCounts{{
    {"KV cache size:", PastedKind::kv_tokens, kVllm},
    {"max_total_num_tokens=", PastedKind::kv_tokens, kSglang},
    {"#tokens", PastedKind::kv_tokens, kSglang},
    {"per request:", PastedKind::max_concurrency, kVllm},
}};

Reading read_vllm_rate(std::string_view line, std::uint32_t number, Paste& paste) {
  const auto prompt = number_after(line, "prompt throughput:");
  const auto decode = number_after(line, "generation throughput:");
  if (!decode) return Reading::broken;
  paste.told.engine = kVllm;
  // An average over a few seconds: zero means idle, and a mix of both is neither's speed.
  if (prompt.value_or(0) > 0) return Reading::mixed;
  const double sequences = std::max(number_after(line, "Running:").value_or(1), 1.0);
  return add_decode({*decode, 0, 0, sequences}, number, paste) ? Reading::read : Reading::idle;
}

// "Decode batch. #running-req: 8, #token: 62531, ... gen throughput (token/s): 186.64": the tokens are those of all
// sequences.
Reading read_sglang_rate(std::string_view line, std::uint32_t number, Paste& paste) {
  const auto rate = number_after(line, "gen throughput (token/s):");
  if (!rate) return Reading::broken;
  paste.told.engine = kSglang;
  const double sequences = std::max(number_after(line, "#running-req:").value_or(1), 1.0);
  const double depth = number_after(line, "#token:").value_or(0) / sequences;
  return add_decode({*rate, 0, depth, sequences}, number, paste) ? Reading::read : Reading::idle;
}

}  // namespace

Reading read_server_log(std::string_view line, std::uint32_t number, Paste& paste) {
  if (contains(line, "generation throughput:")) return read_vllm_rate(line, number, paste);
  if (contains(line, "gen throughput (token/s)")) return read_sglang_rate(line, number, paste);
  if (contains(line, "Prefill batch")) return Reading::idle;  // its rate counts the time between batches
  if (contains(line, "mem usage=") && !contains(line, "Load weight end")) return Reading::not_mine;
  Reading reading = Reading::not_mine;
  for (const ServerLabel& label : kServerCounts) {
    if (!contains(line, label.text)) continue;
    const auto value = number_after(line, label.text);
    if (!value) return Reading::broken;
    paste.told.engine = label.engine;
    const std::uint32_t context = paste.told.context;
    // "Maximum concurrency for 8,192 tokens per request: 15.07x"
    if (label.kind == PastedKind::max_concurrency) {
      const double tokens = number_before(line, "tokens per request").value_or(0);
      paste.told.context = count_within(tokens, limits::kMostTokens);
    }
    add_memory(label.kind, *value, number, paste);
    paste.told.context = context;
    reading = Reading::read;
  }
  for (const ServerLabel& label : kServerBytes) {
    if (!contains(line, label.text)) continue;
    auto bytes = bytes_after(line, label.text, kKibi);
    if (!bytes) return Reading::broken;
    if (label.text == "K size") *bytes += bytes_after(line, "V size", kKibi).value_or(0);
    paste.told.engine = label.engine;
    add_memory(label.kind, *bytes, number, paste);
    return Reading::read;
  }
  return reading;
}

}  // namespace headroom::paste
