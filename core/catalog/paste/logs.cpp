#include <array>
#include <optional>
#include <utility>

#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

constexpr double kMebi = 1024.0 * 1024.0;

void add(PastedKind kind, double value, std::uint32_t line, Paste& paste) {
  PastedFigure figure;
  figure.kind = kind;
  figure.value = value;
  figure.line = line;
  paste.figures.push_back(figure);
}

// "CUDA0 model buffer size = 4403.49 MiB"
constexpr std::array<std::pair<std::string_view, PastedKind>, 3> kBuffers{
    {{"model buffer size", PastedKind::weights},
     {"KV buffer size", PastedKind::kv_cache},
     {"compute buffer size", PastedKind::compute_buffer}}};

Reading read_timing(std::string_view line, std::uint32_t number, Paste& paste) {
  const bool prompt = contains(line, "prompt eval time");
  const auto tok_s = number_before(line, "tokens per second");
  const auto tokens = number_after(line, "ms /");
  if (!tok_s || *tok_s <= 0) return Reading::broken;
  PastedFigure figure;
  figure.kind = prompt ? PastedKind::prefill : PastedKind::decode;
  figure.value = *tok_s;
  (prompt ? figure.prompt : figure.output) = to_count(tokens.value_or(0));
  figure.line = number;
  paste.figures.push_back(figure);
  return Reading::read;
}

}  // namespace

Reading read_llama_log(std::string_view line, std::uint32_t number, Paste& paste) {
  if (contains(line, "eval time") && contains(line, "tokens per second")) return read_timing(line, number, paste);
  for (const auto& [label, kind] : kBuffers) {
    if (!contains(line, label)) continue;
    const auto size = number_after(line, label);
    if (!size || !contains(line, "MiB")) return Reading::broken;
    // What stays in host memory is no part of the card's.
    if (!contains(line, "CPU") && !contains(line, "Host")) add(kind, *size * kMebi, number, paste);
    return Reading::read;
  }
  if (contains(line, "n_outputs_max")) {
    const auto rows = number_after(line, "n_outputs_max =");
    if (rows && *rows >= 1) paste.logit_rows = to_count(*rows);
    return Reading::read;
  }
  const std::size_t device = line.find("Device 0: ");
  if (device != std::string_view::npos && paste.device.empty()) {
    const std::string_view rest = line.substr(device + 10);
    paste.device = std::string(trimmed(rest.substr(0, rest.find(','))));
    return Reading::read;
  }
  const std::size_t name = line.find("general.name");
  if (name != std::string_view::npos && paste.model.empty()) {
    const std::size_t equals = line.find('=', name);
    if (equals != std::string_view::npos) paste.model = std::string(trimmed(line.substr(equals + 1)));
    return Reading::read;
  }
  return Reading::not_mine;
}

Reading read_nvidia_smi(std::string_view line, std::uint32_t number, Paste& paste) {
  const std::size_t used = line.find("MiB /");
  if (used != std::string_view::npos) {
    const auto in_use = number_before(line, "MiB /");
    const auto total = number_after(line, "MiB /");
    if (!in_use || !total || *total <= 0) return Reading::broken;
    add(PastedKind::device_used, *in_use * kMebi, number, paste);
    add(PastedKind::device_total, *total * kMebi, number, paste);
    return Reading::read;
  }
  // "|   0  NVIDIA GeForce RTX 4090        Off |   00000000:01:00.0 Off |                  Off |"
  const std::size_t name = line.find("NVIDIA ");
  if (line.starts_with("|") && name != std::string_view::npos && !contains(line, "NVIDIA-SMI")) {
    const std::string_view rest = line.substr(name);
    if (paste.device.empty()) paste.device = std::string(trimmed(rest.substr(0, rest.find("  "))));
    return Reading::read;
  }
  return contains(line, "NVIDIA-SMI") ? Reading::read : Reading::not_mine;
}

Reading read_vllm_log(std::string_view line, std::uint32_t number, Paste& paste) {
  if (contains(line, "generation throughput:")) {
    const auto prompt = number_after(line, "prompt throughput:");
    const auto decode = number_after(line, "generation throughput:");
    const std::uint32_t running = to_count(number_after(line, "Running:").value_or(1));
    if (!decode) return Reading::broken;
    // An average over a few seconds: zero means idle, and a mix of both is neither's speed.
    const bool prefilled = prompt.value_or(0) > 0;
    if (*decode > 0 && !prefilled) {
      add(PastedKind::decode, *decode, number, paste);
      paste.figures.back().sequences = running > 0 ? running : 1;
    }
    return Reading::read;
  }
  if (contains(line, "KV cache size:")) {
    const auto tokens = number_after(line, "KV cache size:");
    if (!tokens) return Reading::broken;
    add(PastedKind::kv_tokens, *tokens, number, paste);
    return Reading::read;
  }
  if (contains(line, "Maximum concurrency for")) {
    const auto sequences = number_after(line, "per request:");
    if (!sequences) return Reading::broken;
    add(PastedKind::max_concurrency, *sequences, number, paste);
    return Reading::read;
  }
  return Reading::not_mine;
}

}  // namespace headroom::paste
