#include "core/catalog/import/gguf_keys.h"

#include <utility>

#include "core/catalog/import/message_text.h"

namespace headroom {

GgufKeys::GgufKeys(const GgufHeader& header, std::string architecture)
    : header_(header), prefix_(std::move(architecture) + ".") {}

const GgufValue* GgufKeys::find(std::string_view name) const { return header_.find(prefix_ + std::string(name)); }

bool GgufKeys::has(std::string_view name) const { return find(name) != nullptr; }

bool GgufKeys::is_list(std::string_view name) const {
  const GgufValue* value = find(name);
  return value != nullptr && value->is_array;
}

void GgufKeys::report(std::string message) {
  if (!problem_) problem_ = bad_file("GGUF: " + std::move(message));
}

std::uint32_t GgufKeys::checked(std::string_view name, std::int64_t value, std::uint32_t limit) {
  if (value >= 0 && value <= static_cast<std::int64_t>(limit)) return static_cast<std::uint32_t>(value);
  report("metadata " + quote(prefix_ + std::string(name)) + " is " + std::to_string(value) + "; allowed are 0 to " +
         std::to_string(limit));
  return 0;
}

std::uint32_t GgufKeys::number(std::string_view name, std::uint32_t fallback, std::uint32_t limit) {
  const GgufValue* value = find(name);
  if (value == nullptr) return fallback;
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&value->data);
  if (value->is_array || integers == nullptr) {
    report("metadata " + quote(prefix_ + std::string(name)) + " must be a whole number; found " +
           (value->is_array ? "an array" : gguf_type_name(value->type)));
    return fallback;
  }
  return checked(name, integers->front(), limit);
}

std::vector<std::uint32_t> GgufKeys::per_layer(std::string_view name, std::uint32_t layers, std::uint32_t fallback,
                                               std::uint32_t limit) {
  const GgufValue* value = find(name);
  if (value == nullptr || !value->is_array) return std::vector<std::uint32_t>(layers, number(name, fallback, limit));
  std::vector<std::uint32_t> result(layers, fallback);
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&value->data);
  if (integers == nullptr || integers->size() < layers) {
    report("metadata " + quote(prefix_ + std::string(name)) + " must have a whole number for each of the " +
           std::to_string(layers) + " layers; found " + std::to_string(value->count) + " of type " +
           gguf_type_name(value->type));
    return result;
  }
  for (std::uint32_t i = 0; i < layers; ++i) result[i] = checked(name, (*integers)[i], limit);
  return result;
}

}  // namespace headroom
