// The estimator as JavaScript sees it; wrapper.mjs makes the contract's functions of it.
#include <emscripten/bind.h>

#include "wasm/api/estimator.h"

EMSCRIPTEN_BINDINGS(headroom_api) {
  emscripten::class_<headroom::Estimator>("Estimator")
      .constructor<>()
      .function("problem", &headroom::Estimator::problem)
      .function("call", &headroom::Estimator::call)
      .function("importModel", &headroom::Estimator::import_model);
}
