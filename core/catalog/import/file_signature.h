// Files that are no model whatever their name, told by how they begin.
#pragma once

#include <string_view>

namespace headroom {

// What the file is and what to do about it; empty when the beginning is not known.
[[nodiscard]] std::string_view foreign_file(std::string_view beginning);

}  // namespace headroom
