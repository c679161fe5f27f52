#include <algorithm>
#include <array>
#include <optional>

#include "core/catalog/limits.h"
#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {

enum class RunSlot : std::uint8_t {
  prompt,
  output,
  last_output,  // of the rate that stands above it
  prefill,
  decode,
  context,  // prompt and output
  generated,
  requests,
  sequences,
  all_prompts,
  all_outputs,
  first_token_ms,
  per_token_ms,
  mixed,  // a rate over prompts and outputs together
};

namespace {

struct RunLabel {
  std::string_view text;
  RunSlot slot;
  std::string_view engine = {};  // whose output it is; empty: one that any server may be measured by
};
constexpr std::array<RunLabel, 31> kRunLabels{{
    {"prompt eval count", RunSlot::prompt},  // ollama run --verbose
    {"prompt eval rate", RunSlot::prefill, kLlamaCpp},
    {"eval count", RunSlot::output},
    {"eval rate", RunSlot::decode, kLlamaCpp},
    {"Tokens/Second", RunSlot::decode},  // lms chat --stats
    {"Predicted Tokens", RunSlot::last_output},
    {"MaxCtx", RunSlot::context},  // koboldcpp --benchmark
    {"GenAmount", RunSlot::generated},
    {"ProcessingSpeed", RunSlot::prefill, kLlamaCpp},
    {"GenerationSpeed", RunSlot::decode, kLlamaCpp},
    {"Successful requests", RunSlot::requests},  // vLLM and SGLang
    {"Maximum request concurrency", RunSlot::sequences},
    {"Max request concurrency", RunSlot::sequences},
    {"Max reqeuest concurrency", RunSlot::sequences},
    {"Concurrency", RunSlot::sequences},  // the mean that was reached
    {"Total input tokens", RunSlot::all_prompts},
    {"Total generated tokens (retokenized)", RunSlot::mixed},
    {"Total generated tokens", RunSlot::all_outputs},
    {"Mean TTFT (ms)", RunSlot::first_token_ms},
    {"Mean TPOT (ms)", RunSlot::per_token_ms},
    {"Number of requests", RunSlot::requests},  // trtllm-bench
    {"Number of concurrent requests", RunSlot::sequences},
    {"Average Input Length (tokens)", RunSlot::prompt},
    {"Average Output Length (tokens)", RunSlot::output},
    {"Average time-to-first-token [TTFT] (ms)", RunSlot::first_token_ms, kTensorRt},
    {"Average time-per-output-token [TPOT] (ms)", RunSlot::per_token_ms, kTensorRt},
    {"Output token throughput", RunSlot::mixed},
    {"Total Output Throughput", RunSlot::mixed},
    {"Total token throughput", RunSlot::mixed},
    {"Total Token", RunSlot::mixed},
    {"Throughput:", RunSlot::mixed},  // vllm bench throughput
}};
constexpr std::array<std::string_view, 2> kRunBegins{"Serving Benchmark Result", "REQUEST DETAILS"};

}  // namespace

Reading RunReader::read(std::string_view line, std::uint32_t number, Paste& paste) {
  const std::string_view text = trimmed(line);
  for (const std::string_view begin : kRunBegins) {
    if (!contains(text, begin)) continue;
    run_ = {};
    return Reading::idle;
  }
  if (const Reading trial = read_trial(text, number, paste); trial != Reading::not_mine) return trial;
  const auto* label = std::find_if(kRunLabels.begin(), kRunLabels.end(),
                                   [text](const RunLabel& l) { return text.starts_with(l.text); });
  if (label == kRunLabels.end()) return Reading::not_mine;
  if (label->slot == RunSlot::mixed) return Reading::idle;
  const auto value = number_after(text, label->text);
  if (!value) return label->slot == RunSlot::sequences ? Reading::idle : Reading::broken;  // "not set"
  if (!label->engine.empty()) paste.told.engine = label->engine;
  return take(label->slot, *value, number, paste);
}

// mlx_lm.benchmark: the lengths of all trials, a line for each, and their averages.
Reading RunReader::read_trial(std::string_view text, std::uint32_t number, Paste& paste) {
  const auto figure = [text](std::string_view label) { return number_after(text, label); };
  if (contains(text, "prompt_tokens=") && contains(text, "generation_tokens=")) {
    run_ = {.prompt = figure("prompt_tokens=").value_or(0),
            .output = figure("generation_tokens=").value_or(0),
            .sequences = figure("batch_size=").value_or(1)};
    first_trial_ = number;
    return Reading::read;
  }
  if (!contains(text, "prompt_tps=") || !contains(text, "generation_tps=")) return Reading::not_mine;
  if (text.starts_with("Averages") && first_trial_ > 0) {  // they stand for the trials above
    std::erase_if(paste.figures, [this](const PastedFigure& f) { return f.line >= first_trial_; });
  }
  paste.told.engine = kMlx;
  add_prefill({figure("prompt_tps=").value_or(0), run_.prompt, 0, 1}, number, paste);
  add_decode({figure("generation_tps=").value_or(0), run_.output, run_.prompt, run_.sequences}, number, paste);
  return Reading::read;
}

Reading RunReader::take(RunSlot slot, double value, std::uint32_t number, Paste& paste) {
  const double requests = std::max(run_.requests, 1.0);
  switch (slot) {
    case RunSlot::prompt: run_.prompt = value; break;
    case RunSlot::output: run_.output = value; break;
    case RunSlot::last_output:
      if (!paste.figures.empty() && paste.not_read == 0 && paste.figures.back().kind == PastedKind::decode) {
        paste.figures.back().output = count_within(value, limits::kMostTokens);
      }
      break;
    case RunSlot::context: run_.context = value; break;
    case RunSlot::generated:
      run_.output = value;
      run_.prompt = std::max(run_.context - value, 0.0);
      break;
    case RunSlot::requests: run_.requests = value; break;
    case RunSlot::sequences: run_.sequences = value; break;
    case RunSlot::all_prompts: run_.prompt = value / requests; break;
    case RunSlot::all_outputs: run_.output = value / requests; break;
    case RunSlot::prefill:
      return add_prefill({value, run_.prompt, 0, 1}, number, paste) ? Reading::read : Reading::idle;
    case RunSlot::decode:
      return add_decode({value, run_.output, run_.prompt, 1}, number, paste) ? Reading::read : Reading::idle;
    case RunSlot::first_token_ms:
      // With several requests the time waited in the queue is in it.
      if (run_.sequences != 1 || !(value > 0)) return Reading::idle;
      add_prefill({run_.prompt / value * kMsPerSecond, run_.prompt, 0, 1}, number, paste);
      return Reading::read;
    case RunSlot::per_token_ms:
      if (!(run_.sequences >= 1) || !(value > 0)) return Reading::idle;
      add_decode({run_.sequences / value * kMsPerSecond, run_.output, run_.prompt, run_.sequences}, number, paste);
      return Reading::read;
    case RunSlot::mixed: break;
  }
  return Reading::read;
}

Reading OllamaTable::read(std::string_view line, std::uint32_t number, Paste& paste) {
  if (line.starts_with("NAME") && contains(line, "SIZE") && contains(line, "PROCESSOR")) {
    size_ = line.find("SIZE");
    processor_ = line.find("PROCESSOR");
    return Reading::read;
  }
  if (size_ == 0 || line.size() <= processor_ || !contains(line, "PU ")) return Reading::not_mine;
  const auto bytes = bytes_after(line.substr(size_), "", kKilo);
  const std::string_view processor = trimmed(line.substr(processor_));
  if (!bytes) return Reading::broken;
  tell_model(line.substr(0, line.find(' ')), paste);
  paste.told.engine = kLlamaCpp;
  // "100% GPU", "100% CPU", "35%/65% CPU/GPU": the share of the card
  const auto first = number_before(processor, "%");
  const auto second = number_after(processor, "%/");
  constexpr double kPercent = 100;
  const double share = second ? *second : contains(processor, "GPU") ? first.value_or(kPercent) : 0;
  if (share <= 0) return Reading::idle;
  add_memory(PastedKind::device_used, *bytes * share / kPercent, number, paste);
  return Reading::read;
}

}  // namespace headroom::paste
