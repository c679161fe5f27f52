#include <doctest/doctest.h>

#include <limits>

#include "core/as_text.h"
#include "core/catalog/texts.h"
#include "tests/catalog/shared.h"

namespace headroom {
namespace {

TEST_CASE("numbers are grouped as the language does") {
  CHECK(format_number(1234567.891, 1, Language::en) == "1,234,567.9");
  CHECK(format_number(1234567.891, 1, Language::es) == "1\u202F234\u202F567,9");
  CHECK(format_number(8192, 0, Language::es) == "8192");
  CHECK(format_number(8192, 0, Language::zh) == "8,192");
  CHECK(format_number(-0.01, 1, Language::en) == "0.0");
  CHECK(format_number(-3, 0, Language::en) == "−3");
  CHECK(format_number(std::numeric_limits<double>::quiet_NaN(), 1, Language::en) == "–");
}

TEST_CASE("a figure is whole where all its digits are meant") {
  struct Row {
    double value;
    bool whole;
  };
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  constexpr Row kRows[] = {{0, true},
                           {-3, true},
                           {8192, true},
                           {0.5, false},
                           {1e15 - 1, true},
                           {1e15, false},
                           {-1e15, false},
                           {9223372036854775808.0, false},
                           {kInfinite, false},
                           {-kInfinite, false},
                           {std::numeric_limits<double>::quiet_NaN(), false}};
  for (const Row& row : kRows) {
    CAPTURE(row.value);
    CHECK(is_whole(row.value) == row.whole);
  }
}

TEST_CASE("figures carry the unit a person would choose") {
  CHECK(join(format_bytes(75.2 * 1024 * 1024 * 1024, Language::en)) == "75.2\u00A0GiB");
  CHECK(join(format_bytes(512.0 * 1024 * 1024, Language::es)) == "512\u00A0MiB");
  CHECK(join(format_bytes(0, Language::en)) == "0\u00A0B");
  CHECK(join(format_seconds(1.94, Language::en)) == "1.9\u00A0s");
  CHECK(join(format_seconds(0.24, Language::en)) == "240\u00A0ms");
  CHECK(join(format_seconds(210, Language::es)) == "3,5\u00A0min");
  CHECK(join(format_rate(43.6, Language::en)) == "44\u00A0tok/s");
  CHECK(join(format_rate(4.36, Language::en)) == "4.4\u00A0tok/s");
  CHECK(join(format_bandwidth(BytesPerSecond(31.5e9), Language::en)) == "31.5\u00A0GB/s");
  CHECK(join(format_bandwidth(BytesPerSecond(936e9), Language::en)) == "936\u00A0GB/s");
  CHECK(join(format_bandwidth(BytesPerSecond(1008e9), Language::es)) == "1,01\u00A0TB/s");
  CHECK(format_tokens(8192, Language::en) == "8,192");
  CHECK(format_tokens(131072, Language::en) == "128K");
  CHECK(format_tokens(1048576, Language::en) == "1M");
  CHECK(format_short_tokens(1536, Language::en) == "1.5K");
  CHECK(format_short_tokens(2048, Language::en) == "2K");
  CHECK(format_percent(0.073, Language::en) == "7.3\u202F%");
  CHECK(format_percent(0.5, Language::zh) == "50%");
  CHECK(format_dollars(12000, Language::en) == "$12k");
  CHECK(format_dollars(849, Language::en) == "$849");
  CHECK(format_dollars(1.25, Language::en) == "$1.25");
  CHECK(format_params(70.6e9, Language::en) == "70.6\u00A0B");
  CHECK(format_params(135e6, Language::en) == "135\u00A0M");
  CHECK(format_params(1e12, Language::en) == "1\u00A0T");
}

TEST_CASE("languages come from browser tags") {
  CHECK(parse_language("es-MX") == Language::es);
  CHECK(parse_language("zh-Hans-CN") == Language::zh);
  CHECK(parse_language("en") == Language::en);
  CHECK_FALSE(parse_language("fr").has_value());
  CHECK_FALSE(parse_language("").has_value());
}

TEST_CASE("texts fill their placeholders") {
  const Result<Texts> texts =
      Texts::parse(Language::en, R"({"a": "{x} of {y}", "fit": "{free} free on {device} {odd}"})");
  REQUIRE(texts.ok());
  CHECK(texts->fill("a", {{"x", "1"}, {"y", "2"}}) == "1 of 2");
  CHECK(texts->fill("a", {{"x", "1"}}) == "1 of {y}");
  CHECK(texts->get("missing") == "missing");
  CHECK_FALSE(texts->has("missing"));
  Message message;
  message.key = "fit";
  message.args.push_back({"free", MessageArg::Kind::bytes, 1024.0 * 1024 * 1024 * 20, {}});
  message.args.push_back({"device", MessageArg::Kind::text, 0, "H20"});
  CHECK(texts->render(message) == "20.0\u00A0GiB free on H20 {odd}");
  CHECK(texts->render(Message{}).empty());
}

TEST_CASE("every kind of error is named in every language, with its English message") {
  const Catalog& catalog = shared_catalog();
  const Error error{ErrorCode::unknown_model, "model: \"lama\" was given"};
  for (const Language language : {Language::en, Language::es, Language::zh}) {
    const auto bytes = catalog.section("texts/" + std::string(language_code(language)));
    REQUIRE_FALSE(bytes.empty());
    const auto texts = Texts::parse(language, as_text(bytes));
    REQUIRE(texts.ok());
    for (int code = 0; code <= static_cast<int>(ErrorCode::unsupported); ++code) {
      const std::string key = "error." + std::string(error_code_name(static_cast<ErrorCode>(code)));
      CHECK_MESSAGE(texts->has(key), language_code(language) << " " << key);
    }
    // The sentence of the language stands before the English of the message.
    const std::string shown = texts->explain(error);
    CHECK(shown.starts_with(texts->get("error.unknown_model")));
    CHECK(shown.ends_with(error.message));
    CHECK(shown.find("。 ") == std::string::npos);
  }
}

TEST_CASE("names of formats with words in them are translated, and the English ones are those of the facts") {
  const Catalog& catalog = shared_catalog();
  const auto texts_in = [&](const char* language) {
    auto texts = Texts::parse(*parse_language(language), as_text(catalog.section(std::string("texts/") + language)));
    REQUIRE(texts.ok());
    return std::move(texts).value();
  };
  const Texts english = texts_in("en"), spanish = texts_in("es"), chinese = texts_in("zh");
  for (const Format& format : catalog.formats()) {
    CAPTURE(format.name);
    CHECK(english.term(format.name) == format.name);
    for (const char* word : {"group", "experts", "released", "per "}) {
      if (format.name.find(word) == std::string::npos) continue;
      CHECK(english.has("term." + format.name));
      CHECK(spanish.term(format.name) != format.name);
      CHECK(chinese.term(format.name) != format.name);
    }
  }
  for (const std::string_view key : english.keys()) {
    if (!key.starts_with("term.")) continue;
    const std::string_view name = key.substr(5);
    CHECK(std::any_of(catalog.formats().begin(), catalog.formats().end(),
                      [&](const Format& format) { return format.name == name; }));
  }
}

TEST_CASE("bad texts are refused with a reason") {
  CHECK_FALSE(Texts::parse(Language::en, "[]").ok());
  CHECK_FALSE(Texts::parse(Language::en, "{\"a\": 1}").ok());
  CHECK_FALSE(Texts::parse(Language::en, "{").ok());
}

}  // namespace
}  // namespace headroom
