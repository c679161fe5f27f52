#include "core/catalog/json_text.h"

#include <cmath>
#include <utility>

namespace headroom {
namespace {

bool nests_deeper(std::string_view text, std::size_t limit) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// What is most often wrong with JSON that a person edited or that Python wrote.
std::string_view fault_of(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false, comma = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (c == '"') in_string = true;
    if (c == '\'') return "texts stand in double quotes";
    if (text.substr(i).starts_with("NaN") || text.substr(i).starts_with("Infinity"))
      return "NaN and Infinity are no JSON";
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') {
      if (comma) return "a comma stands before a closing bracket";
      if (depth == 0) return "a bracket is closed that was not opened";
      --depth;
    }
    comma = c == ',';
  }
  return depth > 0 || in_string ? "it is cut off" : "";
}

}  // namespace

nlohmann::json parse_or_discard(std::string_view text) {
  return nlohmann::json::parse(text.data(), text.data() + text.size(), nullptr, false);
}

std::string without_infinities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\' && i + 1 < text.size()) {
      out += c;
      out += text[++i];
      continue;
    }
    if (c == '"') in_string = !in_string;
    std::size_t length = 0;
    for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
      if (!in_string && length == 0 && text.substr(i).starts_with(word)) length = word.size();
    }
    out += length > 0 ? std::string("null") : std::string(1, c);
    if (length > 0) i += length - 1;
  }
  return out;
}

Result<nlohmann::json> parse_json(std::string_view text, std::string_view what) {
  if (nests_deeper(text, kDeepestJson)) {
    return Error{ErrorCode::bad_json, std::string(what) + ": nested deeper than " + std::to_string(kDeepestJson)};
  }
  nlohmann::json value = parse_or_discard(text);
  if (value.is_discarded()) {
    const std::string_view fault = fault_of(text);
    return Error{ErrorCode::bad_json, std::string(what) + ": not valid JSON (" + std::to_string(text.size()) +
                                          " bytes" + (fault.empty() ? "" : "; ") + std::string(fault) + ")"};
  }
  return value;
}

std::string json_text(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json json_object(std::span<JsonMember> members) {
  nlohmann::json::object_t object;
  for (JsonMember& member : members) object.emplace(member.key, std::move(member.value));
  return object;
}

std::string_view text_member(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? std::string_view(*it->get_ptr<const std::string*>())
                                               : std::string_view();
}

std::optional<double> number_member(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number()) return std::nullopt;
  const double value = it->get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace headroom
