// The figures of a config.json under the several names that families give them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/json_fields.h"

namespace headroom::hf {

using Names = std::initializer_list<std::string_view>;  // of literals

// Bounds of what a model can credibly state.
inline constexpr std::uint32_t kMostLayers = 1024;
inline constexpr std::uint32_t kMostWidth = 1U << 22U;
inline constexpr std::uint32_t kMostHeads = 1U << 16U;
inline constexpr std::uint32_t kMostExperts = 1U << 16U;
inline constexpr std::uint32_t kMostVocab = 1U << 26U;
inline constexpr std::uint32_t kMostTokens = 1U << 30U;

class Fields {
 public:
  Fields(const nlohmann::json& object, std::string path) : json_(object, std::move(path), "a model configuration") {}

  // The first of the names that is given. A wrong type or range is remembered as the error and reads as absent.
  std::optional<std::uint32_t> find(Names names, std::uint32_t most);
  std::uint32_t get(Names names, std::uint32_t fallback, std::uint32_t most) {
    return find(names, most).value_or(fallback);
  }
  // As get(), for a figure that is left aside when it makes no sense, because others tell the same.
  std::uint32_t get_or_nothing(std::string_view name, std::uint32_t most);
  // As get(), but absence is an error that lists the names.
  std::uint32_t required(Names names, std::uint32_t most);
  // As get(), of a figure that need not be whole.
  double real(Names names, double fallback, double most);
  bool flag(Names names, bool fallback);
  std::optional<std::string> text(Names names);
  // One figure per layer: a list covering all layers, or one figure for all.
  std::vector<std::uint32_t> per_layer(Names names, std::uint32_t layers, std::uint32_t fallback, std::uint32_t most);
  // Lists of words or of numbers; empty when absent.
  std::vector<std::string> words(Names names);
  std::vector<std::uint32_t> numbers(Names names, std::uint32_t most);
  // An object, or a list of at most as many entries as there can be layers, among the fields; or null.
  const nlohmann::json* object(Names names);
  const nlohmann::json* list(Names names);
  [[nodiscard]] bool has(Names names);

  void fail(std::string message) { json_.fail({ErrorCode::bad_value, std::move(message)}); }
  [[nodiscard]] const std::optional<Error>& error() const { return json_.error(); }
  [[nodiscard]] std::string path_of(std::string_view name) const { return json_.path_of(name); }

 private:
  const nlohmann::json* first(Names names, std::string_view& name);
  JsonFields json_;
};

}  // namespace headroom::hf
