#include <algorithm>
#include <array>
#include <optional>

#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

struct SmiLabel {
  std::string_view text;
  PastedKind kind;
  double unit;
};
constexpr std::array<SmiLabel, 4> kSmiMemory{{
    {"VRAM Total Used Memory (B):", PastedKind::device_used, 1},  // rocm-smi --showmeminfo vram
    {"VRAM Total Memory (B):", PastedKind::device_total, 1},
    {"USED_VRAM:", PastedKind::device_used, kMebi},  // amd-smi metric --mem-usage
    {"TOTAL_VRAM:", PastedKind::device_total, kMebi},
}};
constexpr std::array<std::string_view, 4> kSmiNames{"Card Series:", "Card series:", "Device Name:", "MARKET_NAME:"};

Reading add_pair(std::string_view line, std::string_view between, std::uint32_t number, Paste& paste) {
  const auto used = number_before(line, between);
  const auto total = number_after(line, between);
  if (!used || !total || *total <= 0) return Reading::broken;
  const std::uint32_t device = next_device(PastedKind::device_total, paste);
  add_memory(PastedKind::device_used, *used * kMebi, number, paste, device);
  add_memory(PastedKind::device_total, *total * kMebi, number, paste, device);
  return Reading::read;
}

// rocm-smi: "0  1  0x744c, 1234  45.0C  25.0W  N/A, N/A, 0  500Mhz  96Mhz  0%  auto  327.0W  35%  4%" ends with the
// share of the memory and that of the time in use.
Reading read_rocm_row(std::string_view text, std::uint32_t number, Paste& paste) {
  constexpr double kPercent = 100;
  const std::string_view before = trimmed(text.substr(0, text.find_last_of(" \t") + 1));
  const auto share =
      before.ends_with('%') ? number_before(before.substr(before.find_last_of(" \t") + 1), "%") : std::nullopt;
  if (!share || *share > kPercent) return Reading::not_mine;
  const std::uint32_t device = next_device(PastedKind::device_share, paste);
  add_memory(PastedKind::device_share, *share / kPercent, number, paste, device);
  return Reading::read;
}

// "|   0  NVIDIA GeForce RTX 4090        Off |   00000000:01:00.0 Off | ...": the name follows the device's number.
std::string_view name_beside_bus(const std::vector<std::string>& row) {
  constexpr std::string_view kDigits = "0123456789";
  if (row.size() < 2 || !contains(row[1], ":") || !contains(row[1], ".0")) return {};
  const std::string_view cell = row[0];
  const std::size_t number = cell.find_first_not_of(kDigits);
  if (number == 0 || number == std::string_view::npos) return {};
  const std::string_view name = trimmed(cell.substr(number));
  return name.substr(0, name.find("  "));
}

}  // namespace

Reading read_smi(std::string_view line, std::uint32_t number, Paste& paste) {
  const std::string_view text = trimmed(line);
  for (const SmiLabel& label : kSmiMemory) {
    if (!contains(text, label.text)) continue;
    const auto value = number_after(text, label.text);
    if (!value) return Reading::broken;
    add_memory(label.kind, *value * label.unit, number, paste, next_device(label.kind, paste));
    return Reading::read;
  }
  for (const std::string_view label : kSmiNames) {
    if (!contains(text, label)) continue;
    tell_device(text.substr(text.find(label) + label.size()), paste);
    return Reading::read;
  }
  if (contains(text, "NVIDIA-SMI") || contains(text, "AMD-SMI")) return Reading::read;
  if (text.starts_with("GPU 0: ") && contains(text, " (UUID")) {  // nvidia-smi -L
    tell_device(text.substr(7, text.find(" (UUID") - 7), paste);
    return Reading::read;
  }
  if (contains(text, "Mhz") && text.ends_with('%')) return read_rocm_row(text, number, paste);
  if (!text.starts_with("|")) {
    return contains(text, "MiB /") ? add_pair(text, "MiB /", number, paste) : Reading::not_mine;
  }
  const std::vector<std::string> row = cells(text.substr(1), '|', '\0');
  // A row that begins with an empty cell goes on about the one above: the window of memory the host sees (BAR1).
  if (row[0].empty()) return Reading::idle;
  if (contains(text, "MiB /")) return add_pair(text, "MiB /", number, paste);
  const std::string_view name = name_beside_bus(row);
  if (!name.empty()) {
    tell_device(name, paste);
    return Reading::read;
  }
  // amd-smi: "|   0       0     2       SPX/NPS1 |   0 %     N/A   285/196592 MB |"
  constexpr std::string_view kUnit = " MB";
  if (row.size() < 2 || !row[1].ends_with(kUnit)) return Reading::not_mine;
  const std::string_view memory = std::string_view(row[1]).substr(0, row[1].size() - kUnit.size());
  return add_pair(memory.substr(memory.find_last_of(' ') + 1), "/", number, paste);
}

}  // namespace headroom::paste
