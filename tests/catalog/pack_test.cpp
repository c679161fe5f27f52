// The container and its tables: what goes in comes out, and damaged bytes are refused.
#include "core/catalog/pack.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "core/catalog/archive.h"
#include "core/catalog/fact_table.h"
#include "tests/catalog/shared.h"

namespace headroom {
namespace {

struct Inner {
  std::string text;
  std::vector<std::uint32_t> numbers;
};
struct Outer {
  std::string_view name;
  bool flag = false;
  double real = 0;
  float small = 0;
  Bytes bytes;
  Seconds seconds;
  std::vector<Inner> inner;
  std::uint64_t last = 0;
};

template <class Archive>
void fields(Archive& a, Inner& i) {
  visit_all(a, i.text, i.numbers);
}
template <class Archive>
void fields(Archive& a, Outer& o) {
  visit_all(a, o.name, o.flag, o.real, o.small, o.bytes, o.seconds, o.inner, o.last);
}

std::vector<Outer> sample() {
  std::vector<Outer> rows(3);
  rows[0] = {"first",
             true,
             0.1,
             0.25F,
             Bytes(std::numeric_limits<std::uint64_t>::max()),
             Seconds(1.8e-6),
             {{"a", {1, 2, 3}}, {"", {}}},
             7};
  rows[1] = {"", false, -3, 12.345F, Bytes(0), Seconds(-1), {}, 0};
  rows[2] = {"first", true, 0.00033, 1345, Bytes(1), Seconds(1e300), {{"first", {4000000000U}}}, 1};
  return rows;
}

}  // namespace

TEST_CASE("tables come back as they were") {
  std::vector<Outer> rows = sample();
  StringPool pool;
  ColumnWriter writer(pool);
  writer.rows(rows);
  const ByteBuffer bytes = writer.finish(), texts = write_strings(pool);
  StringList strings;
  REQUIRE(read_strings(texts, strings.texts));
  ColumnReader reader(bytes, strings);
  std::vector<Outer> read;
  REQUIRE(reader.rows(read));
  REQUIRE(read.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(read[i].name == rows[i].name);
    CHECK(read[i].flag == rows[i].flag);
    CHECK(read[i].real == rows[i].real);
    CHECK(read[i].small == rows[i].small);
    CHECK(read[i].bytes == rows[i].bytes);
    CHECK(read[i].seconds == rows[i].seconds);
    CHECK(read[i].last == rows[i].last);
    REQUIRE(read[i].inner.size() == rows[i].inner.size());
    for (std::size_t k = 0; k < rows[i].inner.size(); ++k) {
      CHECK(read[i].inner[k].text == rows[i].inner[k].text);
      CHECK(read[i].inner[k].numbers == rows[i].inner[k].numbers);
    }
  }
}

TEST_CASE("a damaged table is refused") {
  std::vector<Outer> rows = sample();
  StringPool pool;
  ColumnWriter writer(pool);
  writer.rows(rows);
  const ByteBuffer whole = writer.finish(), texts = write_strings(pool);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    StringList strings;
    REQUIRE(read_strings(texts, strings.texts));
    ColumnReader reader(std::span<const std::uint8_t>(whole).first(length), strings);
    std::vector<Outer> read;
    CHECK_FALSE(reader.rows(read));
  }
  // Any byte changed: refused or read, never a crash or a huge allocation.
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const std::uint8_t value : std::array<std::uint8_t, 4>{0x00, 0x7F, 0x80, 0xFF}) {
      ByteBuffer changed = whole;
      changed[at] = value;
      StringList strings;
      REQUIRE(read_strings(texts, strings.texts));
      ColumnReader reader(changed, strings);
      std::vector<Outer> read;
      static_cast<void>(reader.rows(read));
      CHECK(read.size() <= whole.size());
    }
  }
}

TEST_CASE("records of a fact table come back") {
  FactTableWriter writer;
  writer.add_row({{"a", "1"}, {"b", "\"x\""}});
  writer.add_row({{"b", "\"y\""}});
  writer.add_row({{"a", "2"}, {"b", "\"x\""}, {"c", "[]"}});
  writer.add_row({});
  writer.add_row({{"a", "1"}});
  const ByteBuffer bytes = writer.finish();
  FactTable table;
  REQUIRE(table.read(bytes, 5));
  const auto text = [&](std::size_t row) {
    std::string all;
    for (const FactTable::Field& field : table.row(row)) all += std::string(field.name) + std::string(field.json) + ";";
    return all;
  };
  CHECK(text(0) == "a1;b\"x\";");
  CHECK(text(1) == "b\"y\";");
  CHECK(text(2) == "a2;b\"x\";c[];");
  CHECK(text(3).empty());
  CHECK(text(4) == "a1;");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    FactTable damaged;
    CHECK_FALSE(damaged.read(std::span(bytes).first(length), 5));
  }
  FactTable other;
  CHECK_FALSE(other.read(bytes, 4));
}

TEST_CASE("a pack that is not one is refused by name") {
  const std::span<const std::uint8_t> pack = shared_pack();
  const auto message_of = [](std::span<const std::uint8_t> bytes) {
    const auto loaded = Catalog::load(bytes);
    return loaded.ok() ? std::string("loaded") : loaded.error().message;
  };
  CHECK(message_of(pack) == "loaded");
  CHECK(message_of({}).find("shorter") != std::string::npos);
  CHECK(message_of(pack.first(5)).find("shorter") != std::string::npos);
  for (const std::size_t length : {pack.size() - 1, pack.size() / 2, pack.size() / 3, std::size_t{20}}) {
    CHECK(message_of(pack.first(length)).find("checksum") != std::string::npos);
  }
  ByteBuffer changed(pack.begin(), pack.end());
  changed[0] = 'X';
  CHECK(message_of(changed).find("HRPK") != std::string::npos);
  changed[0] = 'H';
  changed[4] = 9;
  CHECK(message_of(changed).find("version 9") != std::string::npos);
  changed[4] = pack[4];
  changed[changed.size() / 2] ^= 1U;
  CHECK(message_of(changed).find("checksum") != std::string::npos);
}

TEST_CASE("a pack with a right checksum and wrong sections is refused") {
  PackWriter writer;
  writer.add("strings", {});
  const ByteBuffer empty = writer.finish();
  const auto loaded = Catalog::load(empty);
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().code == ErrorCode::bad_file);
}

}  // namespace headroom
