#include "wasm/api/estimator.h"

#include <cstdint>
#include <span>

#include "wasm/pack/catalog_pack.h"

// The build says which release and revision this is.
#ifndef HEADROOM_VERSION
#define HEADROOM_VERSION "0.0.0"
#endif
#ifndef HEADROOM_COMMIT
#define HEADROOM_COMMIT "unknown"
#endif

namespace headroom {

Estimator::Estimator() : catalog_(Catalog::load(catalog_pack())) {
  if (!catalog_) return;
  front_ = std::make_unique<Front>(**catalog_);
  api_ = std::make_unique<Api>(*front_, BuildInfo{HEADROOM_VERSION, HEADROOM_COMMIT});
}

std::string Estimator::problem() const { return catalog_ ? std::string() : catalog_.error().message; }

std::string Estimator::call(const std::string& function, const std::string& arguments) {
  return api_->call(function, arguments);
}

std::string Estimator::import_model(const std::string& content, const std::string& file_name) {
  const std::span<const char> bytes(content.data(), content.size());
  return api_->import_model({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, file_name);
}

}  // namespace headroom
