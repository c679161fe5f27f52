// How first tokens wait for one another.
#include "core/speed/first_token.h"

#include <doctest/doctest.h>

using namespace headroom;

namespace {

SpeedProfile server(bool continuous) {
  SpeedProfile profile;
  profile.continuous_batching = continuous;
  Rates rates;
  rates.together = 0.1;
  profile.rates.push_back(rates);
  return profile;
}

constexpr Seconds kPrompt{0.5}, kAnswer{10}, kStep{0.02};

FirstToken of_users(bool continuous, double users) {
  return first_token(server(continuous), Placement{}, users, kPrompt, kAnswer, kStep);
}

}  // namespace

TEST_CASE("A queue of one user is its service; users who ask all the time wait for each other") {
  CHECK(closed_loop_time(kPrompt, kAnswer, 1).value() == doctest::Approx(kPrompt.value()));
  CHECK(closed_loop_time(kPrompt, Seconds(0), 8).value() == doctest::Approx(8 * kPrompt.value()));
  Seconds before = kPrompt;
  for (double users = 2; users < 300; users *= 1.5) {
    const Seconds time = closed_loop_time(kPrompt, kAnswer, users);
    CHECK(time > before);
    // No more is answered than is read.
    CHECK(users / (time + kAnswer).value() <= 1 / kPrompt.value() * 1.000001);
    before = time;
  }
}

TEST_CASE("A first token alone is its prompt; among others it is somewhere between users out of step and all at once") {
  for (const bool continuous : {false, true}) {
    const FirstToken alone = of_users(continuous, 1);
    CHECK(alone.told == kPrompt);
    CHECK(alone.together == kPrompt);
    for (const double users : {2.0, 8.0, 64.0}) {
      const FirstToken among = of_users(continuous, users);
      CHECK(among.steady > kPrompt);
      CHECK(among.steady <= among.told);
      CHECK(among.told <= among.together);
      CHECK(among.together <= users * kPrompt + kStep + Seconds(1e-9));
      CHECK(among.lasting <= among.told);
    }
  }
}

TEST_CASE("Programs that do not batch continuously read all prompts before they write") {
  const FirstToken eight = of_users(false, 8);
  CHECK(eight.told.value() == doctest::Approx((8 * kPrompt + kStep).value()));
  CHECK(eight.lasting == eight.told);
  CHECK(of_users(true, 8).told < eight.told);
}

TEST_CASE("Stages of a pipeline read prompts at the same time") {
  Placement stages;
  stages.pipeline_parallel = 4;
  const FirstToken staged = first_token(server(true), stages, 16, kPrompt, kAnswer, kStep);
  CHECK(staged.steady < of_users(true, 16).steady);
  CHECK(staged.steady > kPrompt);
}
