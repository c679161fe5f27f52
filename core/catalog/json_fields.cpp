#include "core/catalog/json_fields.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "core/catalog/quoted.h"

namespace headroom {
namespace {

// The largest integer that a double holds exactly: what a JavaScript number can carry.
constexpr double kExactDouble = 9007199254740992.0;

std::string range_text(const char* kind, double least, double most) {
  char text[96];
  std::snprintf(text, sizeof text, "%s from %.16g to %.16g", kind, least, most);
  return text;
}

}  // namespace

std::string shown(const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::object: return "an object";
    case nlohmann::json::value_t::array: return "a list";
    case nlohmann::json::value_t::null: return "nothing";
    default: break;
  }
  return shortened(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

JsonFields::JsonFields(const nlohmann::json& object, std::string path, std::string_view expected)
    : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) reject("", expected);
}

std::string JsonFields::path_of(std::string_view name) const {
  if (name.empty()) return path_.empty() ? "scenario" : path_;
  if (path_.empty()) return std::string(name);
  return path_ + "." + std::string(name);
}

void JsonFields::fail(Error error) {
  if (!error_) error_ = std::move(error);
}

void JsonFields::reject(std::string_view name, std::string_view allowed) {
  const nlohmann::json* value = &object_;
  if (!name.empty()) value = any(name);
  fail({ErrorCode::bad_value, path_of(name) + ": " + (value != nullptr ? shown(*value) : "nothing") +
                                  " was given; allowed is " + std::string(allowed)});
}

const nlohmann::json* JsonFields::any(std::string_view name) {
  if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) asked_.push_back(name);
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  if (found == object_.end() || found->is_null()) return nullptr;
  return &*found;
}

const nlohmann::json* JsonFields::array(std::string_view name, std::size_t most) {
  const nlohmann::json* value = any(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array() || value->size() > most) {
    reject(name, "a list of at most " + std::to_string(most) + " entries");
    return nullptr;
  }
  return value;
}

std::optional<std::string> JsonFields::text(std::string_view name) {
  const nlohmann::json* value = any(name);
  if (value == nullptr) return std::nullopt;
  const auto* text = value->get_ptr<const std::string*>();
  if (text == nullptr || text->empty()) {
    reject(name, "a text");
    return std::nullopt;
  }
  return *text;
}

std::optional<double> JsonFields::number(std::string_view name, double least, double most) {
  const nlohmann::json* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) {
    const double number = value->get<double>();
    if (std::isfinite(number) && number >= least && number <= most) return number;
  }
  reject(name, range_text("a number", least, most));
  return std::nullopt;
}

std::optional<std::uint64_t> JsonFields::whole(std::string_view name, std::uint64_t least, std::uint64_t most) {
  const nlohmann::json* value = any(name);
  if (value == nullptr) return std::nullopt;
  std::optional<std::uint64_t> whole;
  if (value->is_number_unsigned()) {
    whole = value->get<std::uint64_t>();
  } else if (value->is_number_integer()) {
    if (const auto number = value->get<std::int64_t>(); number >= 0) whole = static_cast<std::uint64_t>(number);
  } else if (value->is_number_float()) {
    const double number = value->get<double>();
    if (number >= 0 && number <= kExactDouble && number == std::floor(number)) {
      whole = static_cast<std::uint64_t>(number);
    }
  }
  if (whole && *whole >= least && *whole <= most) return whole;
  reject(name, range_text("a whole number", static_cast<double>(least), static_cast<double>(most)));
  return std::nullopt;
}

std::optional<std::uint32_t> JsonFields::count(std::string_view name, std::uint32_t least, std::uint32_t most) {
  const auto value = whole(name, least, most);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<bool> JsonFields::boolean(std::string_view name) {
  const nlohmann::json* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) {
    reject(name, "true or false");
    return std::nullopt;
  }
  return value->get<bool>();
}

void JsonFields::list_unknown(std::vector<std::string>& paths) const {
  if (!object_.is_object()) return;
  for (const auto& item : object_.items()) {
    if (std::find(asked_.begin(), asked_.end(), item.key()) == asked_.end()) paths.push_back(path_of(item.key()));
  }
}

std::vector<std::string> texts_of(const nlohmann::json* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const nlohmann::json& entry : *list) {
    if (const auto* text = entry.get_ptr<const std::string*>()) texts.push_back(*text);
  }
  return texts;
}

}  // namespace headroom
