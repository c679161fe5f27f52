// Reads the fields of a JSON object that a stranger wrote: each access checks presence, type and range, nothing aborts,
// and the first problem becomes one message that names the field, what was given and what is allowed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace headroom {

class JsonFields {
 public:
  // `path` leads the names in messages: "hardware" makes "hardware.count". `object` must outlive the reader.
  // A value that is not an object is an error saying that `expected` is.
  JsonFields(const nlohmann::json& object, std::string path, std::string_view expected = "an object");

  // Absent and null fields give nothing. Wrong ones record an error and give nothing. Names must be literals.
  std::optional<std::string> text(std::string_view name);
  std::optional<std::uint64_t> whole(std::string_view name, std::uint64_t least, std::uint64_t most);
  std::optional<std::uint32_t> count(std::string_view name, std::uint32_t least, std::uint32_t most);
  std::optional<double> number(std::string_view name, double least, double most);
  std::optional<bool> boolean(std::string_view name);
  // The field whatever its type, or nullptr.
  const nlohmann::json* any(std::string_view name);
  const nlohmann::json* array(std::string_view name, std::size_t most);

  // Records that `name` is not `allowed`; "" means the object itself.
  void reject(std::string_view name, std::string_view allowed);
  void fail(Error error);
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  // Full name of a field, for messages and nested readers.
  [[nodiscard]] std::string path_of(std::string_view name) const;
  // Appends the fields that were never asked for.
  void list_unknown(std::vector<std::string>& paths) const;

 private:
  const nlohmann::json& object_;
  std::string path_;
  std::optional<Error> error_;
  std::vector<std::string_view> asked_;
};

// The texts among the entries of a list; of null and of what is no list, none.
[[nodiscard]] std::vector<std::string> texts_of(const nlohmann::json* list);

// A short rendering of a value for a message: at most some 60 characters, never the whole of a pasted file.
[[nodiscard]] std::string shown(const nlohmann::json& value);

}  // namespace headroom
