#include "shape/index.h"

// The development checks of simdjson's headers cost more than its work.
#ifndef NDEBUG
#define NDEBUG
#endif
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <simdjson.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <bit>

#include "shape/shape.h"

namespace zhimi::shape {

// `simdjson::internal` may change with any release: read the new dom_parser_implementation before raising this.
static_assert(simdjson::SIMDJSON_VERSION_MAJOR == 3 && simdjson::SIMDJSON_VERSION_MINOR == 0 &&
              simdjson::SIMDJSON_VERSION_REVISION == 1);
static_assert(kPaddingBytes >= simdjson::SIMDJSON_PADDING);

struct Indexer::Impl {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

Indexer::Indexer() : impl_(std::make_unique<Impl>()) {}
Indexer::~Indexer() = default;

bool Indexer::run(ByteView padded, Tokens& tokens) {
  if (padded.empty() || padded.size() > UINT32_MAX / 2) return false;
  auto& parser = impl_->parser;
  if (!parser || parser->capacity() < padded.size()) {
    size_t capacity = std::bit_ceil(std::max<size_t>(padded.size(), 1 << 16));
    parser.reset();
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, simdjson::DEFAULT_MAX_DEPTH,
                                                                                parser))
      return false;
  }
  if (parser->stage1(padded.data(), padded.size(), simdjson::stage1_mode::regular)) return false;
  tokens.at = parser->structural_indexes.get();
  tokens.count = parser->n_structural_indexes;
  return tokens.count > 0;
}

}  // namespace zhimi::shape
