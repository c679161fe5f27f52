#include "tests/catalog/shared.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "wasm/pack/catalog_pack.h"

std::span<const std::uint8_t> shared_pack() { return headroom::catalog_pack(); }

const headroom::Catalog& shared_catalog() {
  static const std::unique_ptr<headroom::Catalog> catalog = [] {
    auto loaded = headroom::Catalog::load(shared_pack());
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
      std::exit(1);
    }
    return std::move(loaded).value();
  }();
  return *catalog;
}
