// The pack of this build, read once.
#pragma once

#include <cstdint>
#include <span>

#include "core/catalog/catalog.h"

std::span<const std::uint8_t> shared_pack();
const headroom::Catalog& shared_catalog();
