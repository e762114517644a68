#include "shape/shape.h"

#include "base/limits.h"
#include "shape/walk.h"

namespace zhimi::shape {

namespace {

struct Workspace {
  Indexer indexer;
  Output out;
  Bytes minified;
};

// Drops the white space between tokens and leaves padding behind the text.
ByteView minify(ByteView text, const Tokens& tokens, Bytes& into) {
  into.clear();
  for (uint32_t i = 0; i < tokens.count; ++i) {
    uint32_t end = tokens.at[i + 1];
    while (end > tokens.at[i] + 1 && text[end - 1] <= ' ') --end;
    append(into, text.subspan(tokens.at[i], end - tokens.at[i]));
  }
  size_t size = into.size();
  into.resize(size + kPaddingBytes);
  return ByteView(into).first(size);
}

}  // namespace

Result<size_t> shape_fhir(ByteView padded, const View& view, const Keys& keys, Bytes& out) {
  if (padded.size() > limits::kResourceBytes)
    return make_error(Code::kTooLarge, "the resource is larger than one resource may be: split it and import it again");
  thread_local Workspace work;
  auto walk_over = [&](ByteView text) {
    Tokens tokens;
    if (!work.indexer.run(text, tokens)) return Walk::End::kBroken;
    work.out.clear();
    Walk walk(text.data(), tokens, view.impl(), keys, work.out);
    Walk::End end = walk.run();
    if (end == Walk::End::kSpaced && text.data() != work.minified.data()) minify(text, tokens, work.minified);
    if (end == Walk::End::kShown && keys.dialed) *keys.dialed = walk.dialed();
    return end;
  };
  Walk::End end = walk_over(padded);
  if (end == Walk::End::kSpaced) end = walk_over(ByteView(work.minified).first(work.minified.size() - kPaddingBytes));
  if (end == Walk::End::kWithheld) return size_t{0};
  if (end != Walk::End::kShown)
    return make_error(Code::kInvalid, "the resource is not well-formed FHIR JSON: import it again from its source");
  append(out, work.out.written());
  return work.out.written().size();
}

}  // namespace zhimi::shape
