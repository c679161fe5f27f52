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

}  // namespace

nlohmann::json parse_or_discard(std::string_view text) {
  return nlohmann::json::parse(text.data(), text.data() + text.size(), nullptr, false);
}

Result<nlohmann::json> parse_json(std::string_view text, std::string_view what) {
  if (nests_deeper(text, kDeepestJson)) {
    return Error{ErrorCode::bad_json, std::string(what) + ": nested deeper than " + std::to_string(kDeepestJson)};
  }
  nlohmann::json value = parse_or_discard(text);
  if (value.is_discarded()) {
    return Error{ErrorCode::bad_json,
                 std::string(what) + ": not valid JSON (" + std::to_string(text.size()) + " bytes; is it cut off?)"};
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
