// Errors as values. std::expected is not in the oldest supported standard library.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace headroom {

// The codes a caller of the API can meet; their spelling is fixed by error_code_name().
enum class ErrorCode {
  unknown_model,
  unknown_hardware,
  unknown_quantization,
  unknown_engine,
  bad_value,
  bad_json,
  bad_file,
  unsupported,
};

constexpr const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::unknown_model: return "unknown_model";
    case ErrorCode::unknown_hardware: return "unknown_hardware";
    case ErrorCode::unknown_quantization: return "unknown_quantization";
    case ErrorCode::unknown_engine: return "unknown_engine";
    case ErrorCode::bad_value: return "bad_value";
    case ErrorCode::bad_json: return "bad_json";
    case ErrorCode::bad_file: return "bad_file";
    case ErrorCode::unsupported: return "unsupported";
  }
  return "bad_value";
}

struct Error {
  ErrorCode code = ErrorCode::bad_value;
  std::string message;  // names the field, what was given and what is allowed
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const T& value() const& { return *std::get_if<0>(&state_); }
  [[nodiscard]] T& value() & { return *std::get_if<0>(&state_); }
  [[nodiscard]] T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  [[nodiscard]] const Error& error() const { return *std::get_if<1>(&state_); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

 private:
  std::variant<T, Error> state_;
};

// A step that yields nothing but may fail.
using Status = std::optional<Error>;

}  // namespace headroom
