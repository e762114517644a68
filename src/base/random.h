// Randomness as a dependency.
#pragma once

#include <cstdint>
#include <span>

namespace zhimi {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<uint8_t> out) = 0;  // never fails: the process ends rather than use weak bytes
};

// The operating system's generator (getrandom).
class SystemRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override;
};

// SplitMix64 from a seed: repeatable, for tests and simulations only. Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(std::span<uint8_t> out) override;
  uint64_t next();
  uint64_t below(uint64_t bound) { return bound ? next() % bound : 0; }

 private:
  uint64_t state_;
};

}  // namespace zhimi
