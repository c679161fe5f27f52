// JSON from strangers: parsed without exceptions and without trusting its nesting.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace headroom {

// Values nested deeper than this are refused, because copying, comparing and writing them recurses.
inline constexpr std::size_t kDeepestJson = 96;  // a config.json nests about five deep

// `what` names the text in the message ("config.json"). Error: bad_json.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text, std::string_view what);

// How far the object or list at the start of `text` reaches; 0 when it has no end.
[[nodiscard]] std::size_t json_length(std::string_view text);

// Python writes NaN and Infinity, which JSON has not, into the settings of a config.json: here they are null.
[[nodiscard]] std::string without_infinities(std::string_view text);

// JSON that this program wrote or ships; a discarded value when it is damaged. The one place that parses, because every
// kind of iterator would bring a parser of its own.
[[nodiscard]] nlohmann::json parse_or_discard(std::string_view text);

// Never fails: bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string json_text(const nlohmann::json& value);

// An object of members, each a key and a value. nlohmann's own braces make a list of two for every member first, twice
// the time and code.
struct JsonMember {
  const char* key;
  nlohmann::json value;
};
[[nodiscard]] nlohmann::json json_object(std::span<JsonMember> members);
template <std::size_t N>
[[nodiscard]] nlohmann::json json_object(JsonMember (&&members)[N]) {
  return json_object(std::span<JsonMember>(members));
}

// A member of an object that this program ships: empty, or nothing, where it is missing or of another kind.
[[nodiscard]] std::string_view text_member(const nlohmann::json& object, const char* key);
[[nodiscard]] std::optional<double> number_member(const nlohmann::json& object, const char* key);  // finite

}  // namespace headroom
