#include "core/catalog/calibration_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/catalog/json_text.h"

namespace headroom {
namespace {

using nlohmann::json;

Error bad_calibration(std::string what) { return {ErrorCode::bad_file, "calibration: " + std::move(what)}; }
Error unknown(const char* what, const std::string& name) {
  return bad_calibration(std::string("unknown ") + what + " \"" + name + "\"");
}

// The enumerator whose name is `text`; the enums count from 0 and end with `count`.
template <class Enum, class Name>
std::optional<Enum> by_name(std::string_view text, const Name& name_of) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Enum::count); ++i) {
    if (text == name_of(static_cast<Enum>(i))) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

Status read_level(const json& names, Slot slot, Level level, CalibrationRows& rows) {
  for (const auto& [name, value] : names.items()) {
    const bool pair = value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number_unsigned();
    if (!pair || !std::isfinite(value[0].get<double>())) {
      return bad_calibration(std::string(slot_name(slot)) + "/" + name + " is not [log factor, rows]");
    }
    rows.factors.push_back({slot, level, name, value[0].get<double>(), value[1].get<std::uint32_t>()});
  }
  return std::nullopt;
}

Status read_factors(const json& factors, CalibrationRows& rows) {
  for (const auto& [slot_text, levels] : factors.items()) {
    const auto slot = by_name<Slot>(slot_text, slot_name);
    if (!slot || !levels.is_object()) return unknown("quantity", slot_text);
    for (const auto& [level_text, names] : levels.items()) {
      const auto level = by_name<Level>(level_text, level_name);
      if (!level || !names.is_object()) return unknown("level", level_text);
      if (Status failed = read_level(names, *slot, *level, rows)) return failed;
    }
  }
  return std::nullopt;
}

Status read_ranges(const json& ranges, CalibrationRows& calibration) {
  for (const json& row : ranges) {
    if (!row.is_object()) return bad_calibration("a range is not an object");
    const auto cls = by_name<SpeedClass>(text_member(row, "class"), speed_class_name);
    const auto known = by_name<Acquaintance>(text_member(row, "known"), acquaintance_name);
    const auto p10 = number_member(row, "p10");
    const auto p90 = number_member(row, "p90");
    const auto rows = number_member(row, "rows");
    if (!cls || !known || !p10 || !p90 || !rows || *p10 <= 0 || *p90 < *p10 || *rows < 0) {
      return bad_calibration("a range lacks class, known, p10, p90 or rows");
    }
    calibration.ranges.push_back(
        {*cls, *known, std::string(text_member(row, "group")), {*p10, *p90, static_cast<std::uint32_t>(*rows)}});
  }
  return std::nullopt;
}

}  // namespace

const char* level_name(Level level) {
  switch (level) {
    case Level::global: return "global";
    case Level::backend: return "backend";
    case Level::engine_family: return "engine_family";
    case Level::engine: return "engine";
    case Level::engine_backend: return "engine_backend";
    case Level::family: return "family";
    case Level::cores: return "cores";
    case Level::device: return "device";
    case Level::device_engine: return "device_engine";
    case Level::kernel_kin: return "kernel_kin";
    case Level::kernel: return "kernel";
    case Level::kernel_backend: return "kernel_backend";
    case Level::kernel_family: return "kernel_family";
    case Level::link: return "link";
    case Level::count: break;
  }
  return "";
}

Result<CalibrationRows> read_calibration_rows(std::string_view json_text) {
  const json root = parse_or_discard(json_text);
  if (root.is_discarded() || !root.is_object()) return bad_calibration("not a JSON object");
  CalibrationRows rows;
  const auto factors = root.find("factors");
  if (factors == root.end() || !factors->is_object()) return bad_calibration("\"factors\" is missing");
  if (Status failed = read_factors(*factors, rows)) return *failed;
  const auto ranges = root.find("ranges");
  if (ranges == root.end() || !ranges->is_array()) return bad_calibration("\"ranges\" is missing");
  if (Status failed = read_ranges(*ranges, rows)) return *failed;
  return rows;
}

Calibration make_calibration(const CalibrationRows& rows) {
  Calibration calibration;
  for (const FactorRow& row : rows.factors) {
    calibration.add_factor(row.slot, row.level, row.name, row.log_factor, row.rows);
  }
  for (const RangeRow& row : rows.ranges) calibration.set_range(row.cls, row.group, row.known, row.range);
  calibration.seal();
  return calibration;
}

Result<Calibration> read_calibration(std::string_view json_text) {
  const Result<CalibrationRows> rows = read_calibration_rows(json_text);
  if (!rows) return rows.error();
  return make_calibration(*rows);
}

}  // namespace headroom
