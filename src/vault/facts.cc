#include "vault/facts.h"

#include "base/limits.h"

namespace zhimi::vault {

namespace {

constexpr uint8_t kFormat = 1;
constexpr uint8_t kGone = 1, kCertain = 1;

Error damaged() {
  return make_error(Code::kCorrupt,
                    "the facts of a record in data.db are not in their format: restore data.db from its newest backup");
}

void fill(Bytes& out) { out.resize((out.size() + kFactsBlock - 1) / kFactsBlock * kFactsBlock); }

void append_short(Bytes& out, std::string_view s) {
  out.push_back(static_cast<uint8_t>(s.size()));
  append(out, s);
}
void append_long(Bytes& out, std::string_view s) {
  append_u16(out, static_cast<uint16_t>(s.size()));
  append(out, s);
}

// Takes bytes from the front; once something was missing everything is missing.
class Reader {
 public:
  explicit Reader(ByteView b) : b_(b), ok_(b.size() % kFactsBlock == 0) {}
  uint64_t number(size_t size_bytes) {
    uint64_t v = 0;
    for (uint8_t c : take(size_bytes)) v = v << 8 | c;
    return v;
  }
  ByteView take(size_t size_bytes) {
    if (!ok_ || b_.size() < size_bytes) {
      ok_ = false;
      return {};
    }
    ByteView front = b_.first(size_bytes);
    b_ = b_.subspan(size_bytes);
    return front;
  }
  std::string string(size_t length_bytes) { return std::string(text(take(number(length_bytes)))); }
  bool ok() const { return ok_; }
  // Only the filling is left, and no more of it than needed.
  bool finished() const {
    if (!ok_ || b_.size() >= kFactsBlock) return false;
    for (uint8_t c : b_)
      if (c) return false;
    return true;
  }

 private:
  ByteView b_;
  bool ok_;
};

bool known_labels(uint64_t bits) { return (bits & ~words::Set<words::Label>::all().bits()) == 0; }

bool fits(std::string_view s) { return !s.empty() && s.size() <= limits::kIdBytes; }

}  // namespace

Status encode(const RecordFactsView& f, Bytes& out) {
  if (!fits(f.id.type) || !fits(f.id.id))
    return make_error(Code::kInvalid, "a record needs a type and an id of 1 to 64 bytes");
  out.clear();
  out.push_back(kFormat);
  out.push_back(f.gone ? kGone : 0);
  append_u64(out, f.labels.bits());
  append(out, f.labelling);
  append_u64(out, static_cast<uint64_t>(f.written_ms));
  append_short(out, f.id.type);
  append_short(out, f.id.id);
  append_u16(out, static_cast<uint16_t>(f.ties.size()));
  for (const Tie& t : f.ties) {
    out.push_back(static_cast<uint8_t>(t.relation));
    out.push_back(t.certain ? kCertain : 0);
    append_u64(out, static_cast<uint64_t>(t.from_ms));
    append_u64(out, static_cast<uint64_t>(t.until_ms));
    for (const std::string* s : {&t.actor, &t.department, &t.author}) {
      if (s->size() > UINT16_MAX)
        return make_error(Code::kTooLarge, "a reference in a record is longer than 65,535 bytes");
      append_long(out, *s);
    }
    // Also bounds the count, since a tie takes more than one byte.
    if (out.size() > kFactsBytes)
      return make_error(Code::kTooLarge, "a record relates to too many people: its facts pass 64 KiB");
  }
  fill(out);
  return {};
}

Status encode(const StoredPatient& f, Bytes& out) {
  if (f.id.size() > limits::kIdBytes) return make_error(Code::kInvalid, "a patient's id has at most 64 bytes");
  out.clear();
  out.push_back(kFormat);
  append_u64(out, f.labels.bits());
  append_u64(out, static_cast<uint64_t>(f.birth_ms));
  append_short(out, f.id);
  fill(out);
  return {};
}

Result<StoredRecord> decode_record(ByteView facts) {
  Reader in(facts);
  StoredRecord r;
  uint64_t format = in.number(1), flags = in.number(1), labels = in.number(8);
  ByteView labelling = in.take(r.labelling.size());
  r.written_ms = static_cast<int64_t>(in.number(8));
  r.id.type = in.string(1);
  r.id.id = in.string(1);
  uint64_t count = in.number(2);
  if (!in.ok() || format != kFormat || flags > kGone || !known_labels(labels) || !fits(r.id.type) || !fits(r.id.id))
    return damaged();
  r.gone = flags & kGone;
  r.labels = words::Set<words::Label>::of_bits(labels);
  std::memcpy(r.labelling.data(), labelling.data(), labelling.size());
  for (; count && in.ok(); --count) {
    Tie t;
    uint64_t relation = in.number(1), tie_flags = in.number(1);
    t.from_ms = static_cast<int64_t>(in.number(8));
    t.until_ms = static_cast<int64_t>(in.number(8));
    t.actor = in.string(2);
    t.department = in.string(2);
    t.author = in.string(2);
    if (relation >= words::Kind<words::Relation>::count || tie_flags > kCertain) return damaged();
    t.relation = static_cast<words::Relation>(relation);
    t.certain = tie_flags & kCertain;
    r.ties.push_back(std::move(t));
  }
  if (!in.finished()) return damaged();
  return r;
}

Result<StoredPatient> decode_patient(ByteView facts) {
  Reader in(facts);
  uint64_t format = in.number(1), labels = in.number(8);
  StoredPatient p;
  p.birth_ms = static_cast<int64_t>(in.number(8));
  p.id = in.string(1);
  if (format != kFormat || !known_labels(labels) || p.id.size() > limits::kIdBytes || !in.finished()) return damaged();
  p.labels = words::Set<words::Label>::of_bits(labels);
  return p;
}

}  // namespace zhimi::vault
