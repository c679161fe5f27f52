#include "core/catalog/json_text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace headroom {
namespace {

// Tells, character by character, whether a JSON text is inside a string.
class JsonStrings {
 public:
  // Whether the next character is part of a string, its quotes included.
  bool take(char c) {
    if (escaped_) {
      escaped_ = false;
      return true;
    }
    if (!open_) {
      open_ = c == '"';
      return open_;
    }
    escaped_ = c == '\\';
    open_ = c != '"';
    return true;
  }
  [[nodiscard]] bool open() const { return open_; }

 private:
  bool open_ = false, escaped_ = false;
};

bool opens(char c) { return c == '[' || c == '{'; }
bool closes(char c) { return c == ']' || c == '}'; }

bool nests_deeper(std::string_view text, std::size_t limit) {
  JsonStrings strings;
  std::size_t depth = 0;
  for (const char c : text) {
    if (strings.take(c)) continue;
    if (opens(c) && ++depth > limit) return true;
    if (closes(c) && depth > 0) --depth;
  }
  return false;
}

// The most frequent mistakes in JSON that a person edited or that Python wrote.
std::string_view fault_of(std::string_view text) {
  JsonStrings strings;
  std::size_t depth = 0;
  bool comma = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (strings.take(c)) {
      comma = false;
      continue;
    }
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (c == '\'') return "texts stand in double quotes";
    if (text.substr(i).starts_with("NaN") || text.substr(i).starts_with("Infinity"))
      return "NaN and Infinity are no JSON";
    if (opens(c)) ++depth;
    if (closes(c)) {
      if (comma) return "a comma stands before a closing bracket";
      if (depth == 0) return "a bracket is closed that was not opened";
      --depth;
    }
    comma = c == ',';
  }
  return depth > 0 || strings.open() ? "it is cut off" : "";
}

}  // namespace

nlohmann::json parse_or_discard(std::string_view text) {
  return nlohmann::json::parse(text.data(), text.data() + text.size(), nullptr, false);
}

std::size_t json_length(std::string_view text) {
  JsonStrings strings;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (strings.take(text[i])) continue;
    if (opens(text[i])) ++depth;
    if (closes(text[i]) && --depth == 0) return i + 1;
  }
  return 0;
}

std::string without_infinities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  JsonStrings strings;
  while (!text.empty()) {
    std::size_t length = 0;
    if (!strings.take(text.front())) {
      for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
        if (text.starts_with(word)) length = word.size();
      }
    }
    if (length > 0) {
      out += "null";
    } else {
      out += text.front();
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
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
