#include <algorithm>
#include <array>
#include <optional>

#include "core/catalog/limits.h"
#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

// "prompt eval time = 120.50 ms / 512 tokens (0.24 ms per token, 4248.96 tokens per second)"; the oldest programs print
// no rate. The rate of a prompt that was cached is infinite or not a number.
Reading read_timing(std::string_view line, std::uint32_t number, Paste& paste) {
  const auto ms = number_before(line, "ms /");
  const auto tokens = number_after(line, "ms /");
  if (!ms || !tokens) return Reading::broken;
  paste.told.engine = kLlamaCpp;
  const auto stated = number_before(line, "tokens per second");
  const double rate = *ms > 0 ? *tokens / *ms * kMsPerSecond : 0;
  const Speed speed{stated.value_or(rate), *tokens, {}, 1};
  const bool prompt = contains(line, "prompt eval time");
  const bool any = prompt ? add_prefill(speed, number, paste) : add_decode(speed, number, paste);
  return any ? Reading::read : Reading::idle;
}

// The word that ends right before `end`.
std::string_view word_before(std::string_view line, std::size_t end) {
  const std::string_view head = trimmed(line.substr(0, end));
  const std::size_t start = head.find_last_of(" :\t");
  return start == std::string_view::npos ? head : head.substr(start + 1);
}

// "CUDA1" is 1; "Metal", "MTL0_Mapped" and "CUDA0_Split" are 0.
std::uint32_t device_index(std::string_view name) {
  const std::size_t digit = name.find_first_of("0123456789");
  return digit == std::string_view::npos ? 0 : to_count(leading_number(name.substr(digit)).value_or(0));
}

bool is_host(std::string_view name) { return name.starts_with("CPU") || contains(name, "Host"); }

// A model with sliding windows has two caches on a device; they belong to one load, which begins with its weights.
PastedFigure* same_cache(Paste& paste, std::uint32_t device) {
  for (auto it = paste.figures.rbegin(); it != paste.figures.rend() && it->kind != PastedKind::weights; ++it) {
    if (it->kind == PastedKind::kv_cache && it->device == device) return &*it;
  }
  return nullptr;
}

// As many devices share a load as list weights.
void count_devices(Paste& paste) {
  std::uint32_t devices = 0;
  auto it = paste.figures.rbegin();
  for (; it != paste.figures.rend() && it->kind == PastedKind::weights; ++it) {
    devices = std::max(devices, it->device + 1);
  }
  for (auto of_load = paste.figures.rbegin(); of_load != it; ++of_load) of_load->run.devices = devices;
  paste.told.devices = devices;
}

void add_buffer(PastedKind kind, std::string_view device, double bytes, std::uint32_t number, Paste& paste) {
  if (is_host(device)) return;  // what stays in host memory is no part of the card's
  paste.told.engine = kLlamaCpp;
  paste.told.backend = name_in(device.substr(0, device.find_first_of("0123456789_")));
  const std::uint32_t index = device_index(device);
  PastedFigure* cache = kind == PastedKind::kv_cache ? same_cache(paste, index) : nullptr;
  if (cache != nullptr) {
    cache->value += bytes;
  } else {
    add_memory(kind, bytes, number, paste, index);
    if (kind == PastedKind::weights) count_devices(paste);
  }
}

struct BufferName {
  std::string_view name;
  PastedKind kind;
};
constexpr std::array<BufferName, 3> kBuffers{
    {{"model", PastedKind::weights}, {"KV", PastedKind::kv_cache}, {"compute", PastedKind::compute_buffer}}};
constexpr std::string_view kBufferSize = "buffer size";

// "CUDA0 model buffer size = 4403.49 MiB"; of the weights older programs say "CUDA0 buffer size".
Reading read_buffer(std::string_view line, std::size_t at, std::uint32_t number, Paste& paste) {
  const auto size = number_after(line, kBufferSize);
  if (!size || !contains(line, "MiB")) return Reading::broken;
  const std::string_view word = word_before(line, at);
  const auto* known =
      std::find_if(kBuffers.begin(), kBuffers.end(), [word](const BufferName& buffer) { return buffer.name == word; });
  if (known != kBuffers.end()) {
    const auto end = static_cast<std::size_t>(word.data() - line.data());
    add_buffer(known->kind, word_before(line, end), *size * kMebi, number, paste);
  } else if (contains(line, "load_tensors")) {
    add_buffer(PastedKind::weights, word, *size * kMebi, number, paste);
  }
  return Reading::read;
}

// Ollama's own engine: msg="model weights" device=CUDA0 size="4.5 GiB"
constexpr std::array<BufferName, 3> kOllamaParts{{{"msg=\"model weights\"", PastedKind::weights},
                                                  {"msg=\"kv cache\"", PastedKind::kv_cache},
                                                  {"msg=\"compute graph\"", PastedKind::compute_buffer}}};

Reading read_ollama(std::string_view line, std::uint32_t number, Paste& paste) {
  for (const BufferName& part : kOllamaParts) {
    if (!contains(line, part.name)) continue;
    const std::size_t device = line.find("device=");
    const auto bytes = bytes_after(line, "size=\"", kKibi);
    if (device == std::string_view::npos || !bytes) return Reading::broken;
    std::string_view name = line.substr(device + std::string_view("device=").size());
    name = name.substr(0, name.find(' '));
    add_buffer(part.kind, name, *bytes, number, paste);
    return Reading::read;
  }
  return Reading::not_mine;
}

// What follows "name   = " in the lines of a context: "llama_context: n_ctx         = 4096". Empty: another line.
std::string_view setting(std::string_view line, std::string_view name) {
  const std::size_t colon = line.find(": ");
  if (!contains(line, "llama_") || colon == std::string_view::npos) return {};
  std::string_view rest = trimmed(line.substr(colon + 1));
  if (!rest.starts_with(name)) return {};
  rest = trimmed(rest.substr(name.size()));
  return rest.starts_with("=") ? trimmed(rest.substr(1)) : std::string_view();
}

struct CountSetting {
  std::string_view name;
  std::uint32_t PastedRun::*count;
  std::uint32_t most;
};
constexpr std::array<CountSetting, 4> kCountSettings{{{"n_ctx", &PastedRun::context, limits::kMostTokens},
                                                      {"n_seq_max", &PastedRun::parallel, limits::kMostParallel},
                                                      {"n_batch", &PastedRun::batch, limits::kMostBatch},
                                                      {"n_ubatch", &PastedRun::ubatch, limits::kMostBatch}}};

// How the model was loaded, and how large it is.
Reading read_settings(std::string_view line, PastedRun& run) {
  for (const CountSetting& known : kCountSettings) {
    const auto count = leading_number(setting(line, known.name));
    if (!count) continue;
    run.*known.count = count_within(*count, known.most);
    return Reading::read;
  }
  if (const std::string_view on = setting(line, "flash_attn"); !on.empty()) {
    if (on == "1" || on == "enabled") run.flash_attention = true;
    if (on == "0" || on == "disabled") run.flash_attention = false;
    return Reading::read;
  }
  if (const std::string_view on = setting(line, "kv_unified"); !on.empty()) {
    run.kv_unified = on == "true";
    return Reading::read;
  }
  if (const auto layers = number_after(line, "offloaded"); layers && contains(line, "layers to GPU")) {
    run.gpu_layers = to_count(*layers);
    return Reading::read;
  }
  const bool of_model = contains(line, "print_info") || contains(line, "print_meta");
  constexpr std::string_view kParams = "model params";
  if (const std::size_t at = line.find(kParams); at != std::string_view::npos && of_model) {
    const std::size_t equals = line.find('=', at);
    const auto params = equals != std::string_view::npos ? leading_params(line.substr(equals + 1)) : std::nullopt;
    if (!params) return Reading::not_mine;
    run.params = *params;
    return Reading::read;
  }
  for (const std::string_view label : {"file size", "model size"}) {
    const auto bytes = bytes_after(line, label, kKibi);
    if (!bytes || !of_model) continue;
    run.bytes = *bytes;
    return Reading::read;
  }
  return Reading::not_mine;
}

// Where a line names something, and what ends the name.
struct NameLine {
  std::string_view label;
  std::string_view end;
};
constexpr std::array<NameLine, 5> kDeviceLines{{{"Device 0: ", ","},
                                                {"using device CUDA0 (", ")"},
                                                {"ggml_vulkan: 0 = ", " ("},
                                                {"GPU name:", "\n"},
                                                {"found device: ", "\n"}}};

}  // namespace

Reading read_llama_log(std::string_view line, std::uint32_t number, Paste& paste) {
  if (contains(line, "eval time") && contains(line, "ms /")) return read_timing(line, number, paste);
  if (const std::size_t at = line.find(kBufferSize); at != std::string_view::npos) {
    return read_buffer(line, at, number, paste);
  }
  if (const auto rows = number_after(line, "n_outputs_max")) {
    if (*rows >= 1) paste.logit_rows = to_count(*rows);
    return Reading::read;
  }
  for (const NameLine& device : kDeviceLines) {
    const std::size_t at = line.find(device.label);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = line.substr(at + device.label.size());
    tell_device(rest.substr(0, rest.find(device.end)), paste);
    return Reading::read;
  }
  const std::size_t name = line.find("general.name");
  if (name != std::string_view::npos) {
    const std::size_t equals = line.find('=', name);
    if (equals != std::string_view::npos) tell_model(line.substr(equals + 1), paste);
    return Reading::read;
  }
  const Reading settings = read_settings(line, paste.told);
  return settings != Reading::not_mine ? settings : read_ollama(line, number, paste);
}

}  // namespace headroom::paste
