// The parsers that read what a stranger hands over: notes, checkpoints, keys, proofs, tile names, bundles, leaves. What
// parses is written again and must give the same bytes, so that nothing has two readings. The first byte chooses the
// parser.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tiles/bundle.h"
#include "tiles/heads.h"
#include "tiles/note.h"
#include "tiles/path.h"
#include "tiles/tree.h"
#include "tiles/verify.h"

using namespace zhimi;

namespace {

void same(std::string_view in, std::string_view again, const char* what) {
  if (in == again) return;
  std::fprintf(stderr, "%s has two readings\n", what);
  std::abort();
}

void note(std::string_view in) {
  auto parsed = tiles::parse_note(in);
  if (!parsed) return;
  same(in, tiles::note_text(*parsed), "note");
  auto checkpoint = tiles::parse_checkpoint(parsed->text);
  if (checkpoint) same(parsed->text, tiles::checkpoint_text(*checkpoint), "checkpoint");
}

void proof(std::string_view in) {
  auto parsed = tiles::parse_proof(in);
  if (!parsed) return;
  same(in, tiles::proof_text(*parsed), "proof");
  // Any number, any hashes: must end, and must not verify.
  if (tiles::verify_inclusion(parsed->index, parsed->index + 1 + parsed->extra.size(), {}, parsed->hashes, {}))
    std::abort();
  (void)tiles::verify_consistency(parsed->extra.size(), parsed->index, parsed->hashes, {}, {});
  (void)tiles::verify_proof(in, "", "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
}

void leaf(ByteView in, uint64_t index) {
  auto parsed = tiles::parse_leaf(in);
  if (!parsed) return;
  same(text(in), text(tiles::make_leaf(*parsed)), "leaf");
  auto heads = tiles::parse_heads(*parsed, index);
  if (heads) same(text(in), text(tiles::make_heads_leaf(index, *heads)), "heads leaf");
}

void bundle(ByteView in) {
  tiles::BundleReader reader(in);
  tiles::History history;
  Bytes again;
  while (!reader.done()) {
    auto entry = reader.next();
    if (!entry) return;
    leaf(*entry, history.size());
    (void)history.add(*entry, tiles::leaf_hash(*entry));
    tiles::append_bundle_entry(again, *entry);
  }
  same(text(in), text(again), "bundle");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
  if (size_bytes == 0) return 0;
  ByteView in(data + 1, size_bytes - 1);
  switch (data[0]) {
    case 'n':
      note(text(in));
      break;
    case 'p':
      proof(text(in));
      break;
    case 'l':
      leaf(in, 0);
      break;
    case 'b':
      bundle(in);
      break;
    case 'k':
      if (auto key = tiles::parse_verifier_key(text(in))) {
        // The hash may be in capitals; beyond that there is one spelling.
        auto again = tiles::parse_verifier_key(tiles::verifier_key_text(*key));
        if (!again || again->key != key->key) std::abort();
      }
      break;
    case 't':
      if (auto path = tiles::parse_tile_path(text(in)))
        same(text(in),
             path->level ? tiles::tile_path(*path->level, path->number, path->width)
                         : tiles::bundle_path(path->number, path->width),
             "tile name");
      break;
    default:
      break;
  }
  return 0;
}
