#include "core/catalog/import/hf/fields.h"

namespace headroom::hf {

const nlohmann::json* Fields::first(Names names, std::string_view& name) {
  for (const std::string_view candidate : names) {
    if (const nlohmann::json* value = json_.any(candidate)) {
      name = candidate;
      return value;
    }
  }
  return nullptr;
}

bool Fields::has(Names names) {
  std::string_view name;
  return first(names, name) != nullptr;
}

std::optional<std::uint32_t> Fields::find(Names names, std::uint32_t most) {
  std::string_view name;
  if (first(names, name) == nullptr) return std::nullopt;
  return json_.count(name, 0, most);
}

std::uint32_t Fields::get_or_nothing(std::string_view name, std::uint32_t most) {
  const nlohmann::json* value = json_.any(name);
  const bool sensible = value != nullptr && value->is_number_unsigned() && value->get<std::uint64_t>() <= most;
  return sensible ? value->get<std::uint32_t>() : 0;
}

std::uint32_t Fields::required(Names names, std::uint32_t most) {
  const auto value = find(names, most);
  if (value && *value > 0) return *value;
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : " or ") + std::string(name);
  fail(path_of(list) + (value ? ": must be above 0" : ": missing; a model configuration needs it"));
  return 1;
}

double Fields::real(Names names, double fallback, double most) {
  std::string_view name;
  if (first(names, name) == nullptr) return fallback;
  return json_.number(name, 0, most).value_or(fallback);
}

bool Fields::flag(Names names, bool fallback) {
  std::string_view name;
  if (first(names, name) == nullptr) return fallback;
  return json_.boolean(name).value_or(fallback);
}

std::optional<std::string> Fields::text(Names names) {
  std::string_view name;
  const nlohmann::json* value = first(names, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return json_.text(name);
}

std::vector<std::uint32_t> Fields::per_layer(Names names, std::uint32_t layers, std::uint32_t fallback,
                                             std::uint32_t most) {
  std::string_view name;
  const nlohmann::json* value = first(names, name);
  if (value == nullptr || !value->is_array()) return std::vector<std::uint32_t>(layers, get(names, fallback, most));
  std::vector<std::uint32_t> list = numbers(names, most);
  if (list.size() < layers) {
    fail(path_of(name) + ": " + std::to_string(list.size()) + " entries were given; allowed is one for each of the " +
         std::to_string(layers) + " layers");
  }
  list.resize(layers, fallback);
  return list;
}

std::vector<std::string> Fields::words(Names names) {
  std::vector<std::string> out;
  std::string_view name;
  const nlohmann::json* value = first(names, name);
  if (value == nullptr || !value->is_array() || value->size() > kMostLayers) return out;
  for (const nlohmann::json& item : *value) {
    const auto* word = item.get_ptr<const std::string*>();
    if (word == nullptr) return {};
    out.push_back(*word);
  }
  return out;
}

std::vector<std::uint32_t> Fields::numbers(Names names, std::uint32_t most) {
  std::vector<std::uint32_t> out;
  std::string_view name;
  const nlohmann::json* value = first(names, name);
  if (value == nullptr || !value->is_array() || value->size() > kMostLayers) return out;
  for (const nlohmann::json& item : *value) {
    if (item.is_null()) {
      out.push_back(0);
    } else if (item.is_boolean()) {
      out.push_back(item.get<bool>() ? 1 : 0);
    } else if (item.is_number_unsigned() && item.get<std::uint64_t>() <= most) {
      out.push_back(static_cast<std::uint32_t>(item.get<std::uint64_t>()));
    } else {
      fail(path_of(name) + ": an entry is " + shown(item) + "; allowed are whole numbers up to " +
           std::to_string(most));
      return {};
    }
  }
  return out;
}

const nlohmann::json* Fields::object(Names names) {
  std::string_view name;
  const nlohmann::json* value = first(names, name);
  return value != nullptr && value->is_object() ? value : nullptr;
}

const nlohmann::json* Fields::list(Names names) {
  std::string_view name;
  const nlohmann::json* value = first(names, name);
  return value != nullptr && value->is_array() && value->size() <= kMostLayers ? value : nullptr;
}

}  // namespace headroom::hf
