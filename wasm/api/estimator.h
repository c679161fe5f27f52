// The facts and everything that answers over them, once per page or module: the canvas, the plain view and the
// JavaScript API share one.
#pragma once

#include <memory>
#include <string>

#include "core/catalog/api.h"
#include "core/catalog/catalog.h"
#include "core/catalog/front.h"
#include "core/result.h"

namespace headroom {

class Estimator {
 public:
  Estimator();
  // Empty when the embedded facts were read; else what is wrong with them, and nothing below may be called.
  [[nodiscard]] std::string problem() const;
  [[nodiscard]] Front& front() { return *front_; }

  // As Api::call and Api::import_model: JSON text in and out. `content` holds bytes, not text.
  [[nodiscard]] std::string call(const std::string& function, const std::string& arguments);
  [[nodiscard]] std::string import_model(const std::string& content, const std::string& file_name);

 private:
  Result<std::unique_ptr<Catalog>> catalog_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<Api> api_;
};

}  // namespace headroom
