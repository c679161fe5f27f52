#include <array>
#include <optional>

#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

// Where a line has a number: beside a label. "": the line has no such number.
struct Place {
  std::string_view label;
  bool before = false;
};

std::optional<double> number_at(std::string_view line, const Place& place) {
  if (place.label.empty()) return std::nullopt;
  return place.before ? number_before(line, place.label) : number_after(line, place.label);
}

// What a program prints of a run in one line, and the two signs by which it is known.
struct Form {
  std::string_view sign, also;
  Place prefill{}, decode{};
  Place prompt{}, cached{}, output{}, depth{};
  Place sequences{};
  std::string_view engine{};
};
constexpr bool kBefore = true;
constexpr std::array<Form, 9> kForms{{
    // llama-cli: "[ Prompt: 123.4 t/s | Generation: 45.6 t/s ]"
    {.sign = "[ Prompt:",
     .also = "Generation:",
     .prefill = {"Prompt:"},
     .decode = {"Generation:"},
     .engine = kLlamaCpp},
    // LM Studio: "51.43 tok/sec - 268 tokens - 0.11s to first token"
    {.sign = "tok/sec", .also = " tokens", .decode = {"tok/sec", kBefore}, .output = {" tokens", kBefore}},
    // MLX: "Prompt: 13 tokens, 104.1 tokens-per-sec", "Generation: 100 tokens, 45.1 tokens-per-sec"
    {.sign = "tokens-per-sec",
     .also = "Prompt:",
     .prefill = {"tokens-per-sec", kBefore},
     .prompt = {" tokens,", kBefore},
     .engine = kMlx},
    {.sign = "tokens-per-sec",
     .also = "Generation:",
     .decode = {"tokens-per-sec", kBefore},
     .output = {" tokens,", kBefore},
     .engine = kMlx},
    // TabbyAPI: "200 tokens generated in ... Process: 512 cached tokens and 1234 new tokens at 1027.2 T/s, Generate:
    // ..."
    {.sign = "tokens generated in",
     .also = "new tokens at",
     .prefill = {"new tokens at"},
     .decode = {"Generate:"},
     .prompt = {"new tokens", kBefore},
     .cached = {"cached tokens", kBefore},
     .output = {"tokens generated", kBefore},
     .depth = {"Context:"},
     .engine = kExllama3},
    // text-generation-webui: "Output generated in 9.8 seconds (20.2 tokens/s, 199 tokens, context 57, seed 1)"
    {.sign = "Output generated in",
     .also = "tokens/s",
     .decode = {"tokens/s", kBefore},
     .output = {" tokens,", kBefore},
     .depth = {"context"}},
    // ExLlamaV2: "** Length 2048 tokens: 4321.1 t/s", "** Position 1024 + 127 tokens: 50.1 t/s"
    {.sign = "** Length", .also = "t/s", .prefill = {"t/s", kBefore}, .prompt = {"** Length"}, .engine = kExllama2},
    {.sign = "** Position",
     .also = "t/s",
     .decode = {"t/s", kBefore},
     .output = {" + "},
     .depth = {"** Position"},
     .engine = kExllama2},
    // TensorRT-LLM's benchmark.py
    {.sign = "generation_tokens_per_second",
     .also = "batch_size",
     .decode = {"generation_tokens_per_second"},
     .output = {"output_length"},
     .depth = {"input_length"},
     .sequences = {"batch_size"},
     .engine = kTensorRt},
}};

Reading read_form(const Form& form, std::string_view line, std::uint32_t number, Paste& paste) {
  const auto prefill = number_at(line, form.prefill);
  const auto decode = number_at(line, form.decode);
  const auto count = [&](const Place& place) { return number_at(line, place).value_or(0); };
  const bool wanted = !form.prefill.label.empty() || !form.decode.label.empty();
  if (wanted && !prefill && !decode) return Reading::broken;
  paste.told.engine = form.engine;
  bool any = add_prefill({prefill.value_or(0), count(form.prompt), count(form.cached), 1}, number, paste);
  const Speed speed{decode.value_or(0), count(form.output), number_at(line, form.depth),
                    number_at(line, form.sequences).value_or(1)};
  if (add_decode(speed, number, paste)) any = true;
  return any ? Reading::read : Reading::idle;
}

// One half of KoboldCpp's "CtxLimit:614/2048, Amt:65/65, Process:0.43s (5.5ms/T = 180.00T/s), Generate:3.62s
// (55.8ms/T = 17.92T/s), ...". Older versions print only the milliseconds.
struct Half {
  double seconds = 0, tok_s = 0;
};
std::optional<Half> kobold_half(std::string_view line, std::string_view label) {
  const std::size_t at = line.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view half = line.substr(at);
  half = half.substr(0, half.find(')'));
  const auto seconds = number_after(half, ":");
  const auto tok_s = number_before(half, "T/s");
  const auto ms = number_before(half, "ms/T");
  if (!seconds || (!tok_s && ms.value_or(0) <= 0)) return std::nullopt;
  return Half{*seconds, tok_s ? *tok_s : kMsPerSecond / *ms};
}

Reading read_kobold(std::string_view line, std::uint32_t number, Paste& paste) {
  const auto prompt = kobold_half(line, "Process"), output = kobold_half(line, "Generat");
  if (!prompt || !output) return Reading::broken;
  paste.told.engine = kLlamaCpp;
  // The limit counts prompt and answer; what of the prompt was not processed was in the cache.
  const double context = number_after(line, "imit:").value_or(0);
  const double generated = number_after(line, "Amt:").value_or(output->seconds * output->tok_s);
  add_prefill({prompt->tok_s, prompt->seconds * prompt->tok_s, 0, 1}, number, paste);
  add_decode({output->tok_s, generated, context > generated ? context - generated : 0, 1}, number, paste);
  return Reading::read;
}

}  // namespace

Reading read_rates(std::string_view line, std::uint32_t number, Paste& paste) {
  for (const Form& form : kForms) {
    if (contains(line, form.sign) && contains(line, form.also)) return read_form(form, line, number, paste);
  }
  if (contains(line, "Limit:") && contains(line, "Process") && contains(line, "Generat")) {
    return read_kobold(line, number, paste);
  }
  if (contains(line, "Peak memory:")) {  // MLX counts gigabytes of 10^9
    const auto bytes = bytes_after(line, "Peak memory:", kKilo);
    if (!bytes) return Reading::broken;
    add_memory(PastedKind::device_used, *bytes, number, paste);
    return Reading::read;
  }
  return Reading::not_mine;
}

}  // namespace headroom::paste
