#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/catalog/limits.h"
#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

using Row = std::vector<std::string>;

// The cells of a row by the names of the head.
class Cells {
 public:
  Cells(const Row& header, const Row& row) : header_(header), row_(row) {}
  [[nodiscard]] bool has(std::string_view name) const { return at(name) < row_.size(); }
  [[nodiscard]] std::string_view text(std::string_view name) const {
    const std::size_t column = at(name);
    return column < row_.size() ? std::string_view(row_[column]) : std::string_view();
  }
  [[nodiscard]] std::optional<double> number(std::string_view name) const { return leading_number(text(name)); }

 private:
  [[nodiscard]] std::size_t at(std::string_view name) const {
    return static_cast<std::size_t>(std::find(header_.begin(), header_.end(), name) - header_.begin());
  }
  const Row& header_;
  const Row& row_;
};

bool has(const Row& row, std::string_view name) { return std::find(row.begin(), row.end(), name) != row.end(); }

// "pp512", "tg128 @ d4096", "pp512+tg128"
Reading add_named_test(std::string_view test, double tok_s, double deviation, std::uint32_t line, Paste& paste) {
  const auto count = [test](std::string_view label) { return number_after(test, label).value_or(0); };
  return add_test({tok_s, count("pp"), count("tg"), count("@ d"), deviation}, line, paste);
}

// The spread is written as ±, however the terminal's code page showed it.
std::optional<double> spread_of(std::string_view cell) {
  for (const std::string_view sign : {"±", "┬▒", "+/-"}) {
    if (contains(cell, sign)) return number_after(cell, sign).value_or(0);
  }
  return std::nullopt;
}

std::optional<bool> switch_of(std::string_view cell) {
  for (const std::string_view on : {"1", "true", "on"}) {
    if (cell == on) return true;
  }
  for (const std::string_view off : {"0", "false", "off"}) {
    if (cell == off) return false;
  }
  return std::nullopt;
}

// How many devices a row of llama-bench ran on: those it was told, those with a share, or all of one kind; 0: not said.
std::uint32_t devices_of(const Cells& cells) {
  const auto text = [&cells](std::string_view in_table, std::string_view in_file) {
    return cells.text(cells.has(in_table) ? in_table : in_file);
  };
  if (text("sm", "split_mode") == "none") return 1;
  constexpr char kNone = '\0';
  if (const std::string_view told = text("dev", "devices"); !told.empty() && told != "auto" && told != "none") {
    return static_cast<std::uint32_t>(paste::cells(told, '/', kNone).size());
  }
  const Row shares = paste::cells(text("ts", "tensor_split"), '/', kNone);
  const auto with_share = std::count_if(shares.begin(), shares.end(),
                                        [](const std::string& share) { return leading_number(share).value_or(0) > 0; });
  if (with_share > 0) return static_cast<std::uint32_t>(with_share);
  const Row names = paste::cells(cells.text("gpu_info"), ',', kNone);
  const bool alike = std::all_of(names.begin(), names.end(), [&](const auto& name) { return name == names.front(); });
  return alike && !names.front().empty() ? static_cast<std::uint32_t>(names.size()) : 0;
}

// What the columns of llama-bench tell of a run; tables and files name them differently.
void tell_run(const Cells& cells, PastedRun& run) {
  const auto text = [&cells](std::string_view in_table, std::string_view in_file) {
    return cells.text(cells.has(in_table) ? in_table : in_file);
  };
  const auto tell = [](std::string& slot, std::string_view cell) {
    if (!cell.empty()) slot = name_in(cell);
  };
  const auto count = [](std::string_view cell) -> std::optional<std::uint32_t> {
    const auto number = leading_number(cell);  // none of "-1", which is as many as there is room for
    return number ? std::optional(to_count(*number)) : std::nullopt;
  };
  run.engine = kLlamaCpp;
  run.model_alone = true;
  tell_model(text("model", "model_type"), run);
  tell(run.device, cells.text("gpu_info"));
  tell(run.backend, text("backend", "backends"));
  if (const auto bytes = bytes_after(text("size", "model_size"), "", kKilo)) run.bytes = *bytes;
  if (const auto params = leading_params(text("params", "model_n_params")); params && *params > 0) {
    run.params = *params;
  }
  if (const std::uint32_t devices = devices_of(cells); devices > 0) run.devices = devices;
  if (const auto layers = count(text("ngl", "n_gpu_layers"))) run.gpu_layers = layers;
  if (const auto layers = count(cells.text("n_cpu_moe"))) run.cpu_moe_layers = layers;
  // Tensors placed by name: what of the model is on the device, the count of layers does not tell.
  const std::string_view by_name = text("ot", "tensor_buft_overrides");
  if (!by_name.empty() && by_name != "none") run.gpu_layers.reset();
  const auto batch = [&cells](std::string_view name, std::uint32_t& slot) {
    if (const auto number = cells.number(name)) slot = count_within(*number, limits::kMostBatch);
  };
  batch("n_batch", run.batch);
  batch("n_ubatch", run.ubatch);
  tell(run.kv_k, cells.text("type_k"));
  tell(run.kv_v, cells.text("type_v"));
  if (const auto on = switch_of(text("fa", "flash_attn"))) run.flash_attention = on;
  if (const auto on = switch_of(text("nkvo", "no_kv_offload"))) run.kv_on_host = on;
}

// Lets a row tell of its own figures only.
template <class Read>
Reading told_by_row(const Cells& cells, Paste& paste, const Read& read) {
  PastedRun before = paste.told;
  tell_run(cells, paste.told);
  const Reading reading = read();
  std::swap(before, paste.told);
  return reading;
}

// A line of the table without its head: llama-bench begins with model, size, parameters and backend, and ends with the
// test and its rate, whatever stands between.
Reading read_lone_row(const Row& row, std::uint32_t number, Paste& paste) {
  constexpr std::size_t kBackend = 3, kFewest = 6;
  if (row.size() < kFewest) return Reading::not_mine;
  const std::optional<double> spread = spread_of(row.back()), tok_s = leading_number(row.back());
  if (!spread || !tok_s) return Reading::not_mine;
  Row header{"model", "size", "params", "backend"};
  // Then come the layers of the card, or without one the threads.
  const std::string& backend = row[kBackend];
  header.emplace_back(contains(backend, "CPU") || contains(backend, "BLAS") ? "threads" : "ngl");
  header.resize(row.size());
  const Reading reading = told_by_row(
      Cells(header, row), paste, [&] { return add_named_test(row[row.size() - 2], *tok_s, *spread, number, paste); });
  if (reading == Reading::broken) return Reading::not_mine;
  keep(paste.model, row.front());
  keep(paste.backend, backend);
  return reading;
}

Reading read_llama_bench(const Cells& cells, std::uint32_t number, Paste& paste) {
  const bool by_name = cells.has("test");  // markdown; CSV and SQL state the lengths
  keep(paste.model, cells.text(by_name ? "model" : "model_type"));
  keep(paste.device, cells.text("gpu_info"));
  keep(paste.backend, cells.text(by_name ? "backend" : "backends"));
  return told_by_row(cells, paste, [&] {
    if (by_name) {
      const std::string_view cell = cells.text("t/s");
      const auto tok_s = leading_number(cell);
      return tok_s ? add_named_test(cells.text("test"), *tok_s, spread_of(cell).value_or(0), number, paste)
                   : Reading::broken;
    }
    const auto count = [&cells](std::string_view name) { return cells.number(name).value_or(0); };
    return add_test({count("avg_ts"), count("n_prompt"), count("n_gen"), count("n_depth"), count("stddev_ts")}, number,
                    paste);
  });
}

// llama-batched-bench, and llama-sweep-bench whose runs begin at a depth instead of in batches.
Reading read_batched(const Cells& cells, std::uint32_t number, Paste& paste) {
  const double prompt = cells.number("PP").value_or(0), output = cells.number("TG").value_or(0);
  const bool batched = cells.has("B");
  const double depth = batched ? 0 : cells.number("N_KV").value_or(0);
  const bool any = add_prefill({cells.number("S_PP t/s").value_or(0), prompt, depth, 1}, number, paste);
  const bool more = add_decode(
      {cells.number("S_TG t/s").value_or(0), output, batched ? prompt : depth, cells.number("B").value_or(1)}, number,
      paste);
  return any || more ? Reading::read : Reading::broken;
}

struct MemoryColumn {
  std::string_view name;
  PastedKind kind;
  double unit;
};
constexpr std::array<MemoryColumn, 4> kMemoryColumns{{
    {"memory.used [MiB]", PastedKind::device_used, kMebi},
    {"memory.total [MiB]", PastedKind::device_total, kMebi},
    {"VRAM Total Used Memory (B)", PastedKind::device_used, 1},
    {"VRAM Total Memory (B)", PastedKind::device_total, 1},
}};

// A device a row: nvidia-smi --query-gpu=... --format=csv, rocm-smi --csv.
Reading read_devices(const Cells& cells, std::uint32_t number, Paste& paste) {
  const std::string_view name = cells.text(cells.has("name") ? "name" : "Card Series");
  tell_device(name, paste);
  bool any = false;
  for (const MemoryColumn& column : kMemoryColumns) {
    const auto value = cells.number(column.name);
    if (!value) continue;
    add_memory(column.kind, *value * column.unit, number, paste, next_device(column.kind, paste));
    any = true;
  }
  return any ? Reading::read : Reading::idle;
}

bool heads_csv(std::string_view text) {
  return (contains(text, "avg_ts") && contains(text, "n_prompt")) || contains(text, "memory.used [MiB]") ||
         contains(text, "memory.total [MiB]") || contains(text, "VRAM Total Memory (B),");
}

// A row whose end is missing: the second cell is the size of a model.
bool is_cut_off(std::string_view text, bool in_table) {
  const Row row = cells(text, '|', '\0');
  constexpr std::size_t kSize = 2;
  return text.starts_with("|") && (in_table || (row.size() > kSize && row[kSize].ends_with("iB")));
}

}  // namespace

Reading read_bench_row(const std::vector<std::string>& header, const std::vector<std::string>& row,
                       std::uint32_t number, Paste& paste) {
  return read_llama_bench(Cells(header, row), number, paste);
}

Reading TableReader::read(std::string_view line, std::uint32_t number, Paste& paste) {
  const std::string_view text = trimmed(line);
  const bool markdown = text.starts_with("|") && text.ends_with("|") && text.size() > 1;
  if (markdown) {
    const Row row = cells(text.substr(1, text.size() - 2), '|', '\0');
    if ((has(row, "test") && has(row, "t/s")) || has(row, "S_TG t/s")) {
      header_ = row;
      separator_ = '|';
      return Reading::read;
    }
    if (header_.empty() || separator_ != '|') return read_lone_row(row, number, paste);
    if (text.find_first_not_of("|-: ") == std::string_view::npos) return Reading::read;
    return read_row(row, number, paste);
  }
  if (is_cut_off(text, separator_ == '|' && !header_.empty())) return Reading::broken;
  if (text.starts_with("{")) return Reading::not_mine;
  if (heads_csv(text)) {
    header_ = cells(text, ',', '"');
    separator_ = ',';
    return Reading::read;
  }
  if (separator_ == ',' && !header_.empty() && contains(text, ","))
    return read_row(cells(text, ',', '"'), number, paste);
  return Reading::not_mine;
}

Reading TableReader::read_row(const std::vector<std::string>& row, std::uint32_t number, Paste& paste) const {
  if (row.size() != header_.size()) return Reading::broken;
  const Cells named(header_, row);
  if (named.has("S_TG t/s")) return read_batched(named, number, paste);
  return named.has("avg_ts") || named.has("t/s") ? read_llama_bench(named, number, paste)
                                                 : read_devices(named, number, paste);
}

}  // namespace headroom::paste
