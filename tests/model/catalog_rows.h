// The text models of data/models/ as Architectures, without a pack.
#pragma once

#include <string>
#include <vector>

#include "core/model/architecture.h"

namespace headroom {

struct CatalogRow {
  std::string id;
  Architecture arch;
};

// Read once; a row that cannot be read stops the test program.
[[nodiscard]] const std::vector<CatalogRow>& catalog_rows();
// nullptr when no text model has that id.
[[nodiscard]] const CatalogRow* find_catalog_row(const std::string& id);

}  // namespace headroom
