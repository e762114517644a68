#include "ledger/sequencer.h"

#include <algorithm>

#include "tiles/bundle.h"

namespace zhimi::ledger {

namespace {
constexpr size_t kInFlightBytes = size_t{64} << 20;
constexpr size_t kSpareBytes = size_t{4} << 20;
constexpr size_t kHeadsRowBytes = size_t{4} << 20;
constexpr size_t kHeadsRows = 256;  // rows after which the map is written whole again
}  // namespace

void Turn::take() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  free_.wait(lock, [&] { return !taken_; });
  --waiting_;
  taken_ = true;
}
void Turn::take_for_batch() {
  std::unique_lock lock(mutex_);
  free_.wait(lock, [&] { return !taken_ && waiting_ == 0; });
  taken_ = true;
}
bool Turn::try_for_batch() {
  std::lock_guard lock(mutex_);
  if (taken_ || waiting_) return false;
  return taken_ = true;
}
void Turn::give() {
  std::lock_guard lock(mutex_);
  taken_ = false;
  free_.notify_all();
}

namespace {
class Hold {
 public:
  explicit Hold(Turn& turn) : turn_(turn) { turn_.take(); }
  ~Hold() { turn_.give(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  Turn& turn_;
};
}  // namespace

Sequencer::Sequencer(std::unique_ptr<Backend> backend, State state, const crypto::Signer& signer, Clock& clock,
                     tiles::VerifierKey key)
    : backend_(std::move(backend)),
      signer_(signer),
      clock_(clock),
      key_(std::move(key)),
      state_(std::move(state)),
      size_(state_.tree.size()),
      thread_([this] { run(); }) {}

Sequencer::~Sequencer() {
  {
    std::lock_guard lock(queue_mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

// ---- the queue

bool Sequencer::enqueue(const SealedEvent& event, Done& done) {
  size_t part_bytes = event.about.size() + event.actor.size();
  if (in_flight_ >= kInFlight || queue_.parts.size() + part_bytes > kInFlightBytes) return false;
  ++in_flight_;
  queue_.events.push_back(
      {event.id, event.kind, event.patient, event.about.size(), event.actor.size(), std::move(done)});
  zhimi::append(queue_.parts, event.about);
  zhimi::append(queue_.parts, event.actor);
  return true;
}

static Error too_many() {
  return make_error(Code::kUnavailable, "the ledger has more entries waiting than it takes: try again");
}

void Sequencer::submit(SealedEvent event, Done done) {
  std::unique_lock lock(queue_mutex_);
  bool first = queue_.events.empty();
  bool taken = enqueue(event, done);
  lock.unlock();
  if (!taken) return done(too_many());
  if (first) wake_.notify_one();
}

Result<Receipt> Sequencer::append(SealedEvent event) {
  struct Answer {
    std::mutex mutex;
    std::condition_variable arrived;
    std::optional<Result<Receipt>> result;
  } answer;
  Done done = [&answer](Result<Receipt> result) {
    std::lock_guard lock(answer.mutex);
    answer.result.emplace(std::move(result));
    answer.arrived.notify_one();
  };
  bool first, lead;
  {
    std::lock_guard lock(queue_mutex_);
    first = queue_.events.empty();
    if (!enqueue(event, done)) return too_many();
    lead = turn_.try_for_batch();
  }
  // Nobody is writing: do the batch here, and spare two switches of threads.
  if (lead) {
    run_batch();
  } else if (first) {
    wake_.notify_one();
  }
  std::unique_lock lock(answer.mutex);
  answer.arrived.wait(lock, [&] { return answer.result.has_value(); });
  return std::move(*answer.result);
}

void Sequencer::run() {
  for (;;) {
    {
      std::unique_lock lock(queue_mutex_);
      wake_.wait(lock, [&] { return stop_ || !queue_.events.empty(); });
      if (queue_.events.empty()) return;
    }
    turn_.take_for_batch();
    run_batch();
  }
}

void Sequencer::run_batch() {
  Queue batch;
  {
    std::lock_guard lock(queue_mutex_);
    std::swap(batch, spare_);
    std::swap(batch, queue_);
  }
  std::vector<Result<Receipt>> results = process(batch);
  turn_.give();
  {
    std::lock_guard lock(queue_mutex_);
    in_flight_ -= batch.events.size();
  }
  for (size_t i = 0; i < results.size(); ++i) batch.events[i].done(std::move(results[i]));
  batch.clear();
  if (batch.parts.capacity() > kSpareBytes) return;
  std::lock_guard lock(queue_mutex_);
  spare_ = std::move(batch);
}

// ---- one batch

std::vector<Result<Receipt>> Sequencer::process(const Queue& batch) {
  std::vector<Result<Receipt>> results;
  results.reserve(batch.events.size());
  if (batch.events.empty()) return results;
  if (auto status = ready(); !status) {
    results.assign(batch.events.size(), status.error());
    return results;
  }
  stage_begin();
  ByteView parts = batch.parts;
  for (const Waiting& event : batch.events) {
    results.push_back(stage_event(event, parts));
    parts = parts.subspan(event.about_bytes + event.actor_bytes);
  }
  if (staged_.starts.empty()) return results;
  if (auto status = stage_commit(); !status)
    for (auto& result : results)
      if (result && result->index() >= staged_.first) result = status.error();
  return results;
}

Result<Receipt> Sequencer::stage_event(const Waiting& event, ByteView parts) {
  if (event.kind < Kind::kDisclosure || event.kind >= Kind::kHeads)
    return make_error(Code::kInvalid, "not a kind of entry that can be submitted");
  if (event.about_bytes + event.actor_bytes > tiles::kLeafPartBytes)
    return make_error(Code::kTooLarge, "a ledger entry of more than 65,535 bytes: disclose fewer records at a time");
  if (state_.ids.size() >= IdIndex::kMost)
    return make_error(Code::kTooLarge, "this ledger is full: start a new origin that commits to its last checkpoint");
  ZHIMI_TRY(auto first, seen(event));
  if (first) return issue(event.id, event.patient, event.kind, *first);
  tiles::Leaf leaf{event.id,
                   event.kind,
                   event.patient,
                   0,
                   {},
                   parts.first(event.about_bytes),
                   parts.subspan(event.about_bytes, event.actor_bytes)};
  if (event.patient != tiles::kNoPatient) {
    const tiles::PatientHead* known = state_.heads.find(event.patient);
    leaf.patient_count = (known ? known->count : 0) + 1;
    if (known) leaf.previous_head = known->head;
  }
  stage_leaf(leaf);
  return issue(event.id, event.patient, event.kind, state_.tree.size() - 1);
}

// Where the log holds this id already.
Result<std::optional<uint64_t>> Sequencer::seen(const Waiting& event) {
  std::optional<uint64_t> found;
  Status status;
  state_.ids.matches(IdIndex::prefix(event.id), [&](uint64_t index) {
    status = committed_leaf(index, [&](ByteView bytes) -> Status {
      ZHIMI_TRY(auto leaf, tiles::parse_leaf(bytes));
      if (leaf.id != event.id) return {};
      if (leaf.kind != event.kind || leaf.patient != event.patient)
        return make_error(Code::kConflict, "the ledger holds another entry under this id: use a fresh random id");
      found = index;
      return {};
    });
    return !status || found;
  });
  if (!status) return std::move(status).error();
  return found;
}

// A leaf that is stored, or staged.
Status Sequencer::committed_leaf(uint64_t index, const std::function<Status(ByteView)>& visit) {
  if (index >= staged_.first && index - staged_.first < staged_.starts.size()) {
    tiles::BundleReader reader(ByteView(staged_.leaves).subspan(staged_.starts[index - staged_.first]));
    return visit(*reader.next());
  }
  bool visited = false;
  ZHIMI_CHECK(backend_->batches(index, index + 1, [&](uint64_t first, uint32_t, ByteView leaves) -> Status {
    tiles::BundleReader reader(leaves);
    auto leaf = reader.next();
    for (uint64_t at = first; leaf && at < index; ++at) leaf = reader.next();
    visited = leaf.has_value();
    return leaf ? visit(*leaf) : Status();
  }));
  if (!visited)
    return make_error(Code::kCorrupt, "ledger.db: a stored entry is gone: restore the ledger from its backup");
  return {};
}

// After a commit in doubt: finds out what the store holds, and takes it over.
Status Sequencer::ready() {
  if (fenced_) return *fenced_;
  if (!in_doubt_) return {};
  auto size = backend_->size();
  if (!size) {
    if (size.error().code == Code::kConflict) fenced_ = size.error();
    return std::move(size).error();
  }
  Status status;
  if (*size < state_.tree.size()) {
    status = make_error(Code::kCorrupt, "ledger.db lost entries that were durable: restore the ledger from its backup");
  } else {
    status = replay(*backend_, state_, *size);
  }
  if (!status) {
    fenced_ = make_error(status.error().code, "the ledger must be opened again: " + status.error().what);
    return *fenced_;
  }
  if (auto newest = backend_->newest_checkpoint(); newest && *newest && (*newest)->size > state_.note_size) {
    state_.note = std::move((*newest)->note);
    state_.note_size = (*newest)->size;
    state_.heads_whole = false;
  }
  size_.store(state_.tree.size(), std::memory_order_release);
  in_doubt_ = false;
  return {};
}

// ---- staging

void Sequencer::stage_begin() {
  staged_.first = state_.tree.size();
  staged_.leaves.clear();
  staged_.starts.clear();
  staged_.tiles.clear();
  staged_.ids.clear();
  staged_.tree_before = state_.tree;
  staged_.ended_in_heads = state_.ends_in_heads;
  staged_.heads_before.clear();
}

void Sequencer::stage_leaf(const tiles::Leaf& leaf) {
  size_t start = staged_.leaves.size();
  append_u16(staged_.leaves, 0);
  tiles::append_leaf(staged_.leaves, leaf);
  size_t size_bytes = staged_.leaves.size() - start - 2;
  staged_.leaves[start] = static_cast<uint8_t>(size_bytes >> 8);
  staged_.leaves[start + 1] = static_cast<uint8_t>(size_bytes);
  staged_.starts.push_back(start);
  Digest hash = tiles::leaf_hash(ByteView(staged_.leaves).subspan(start + 2));
  if (leaf.patient != tiles::kNoPatient) {
    staged_.heads_before.push_back(
        {{leaf.patient, leaf.patient_count - 1, leaf.previous_head}, leaf.patient_count > 1});
    state_.heads.put({leaf.patient, leaf.patient_count, tiles::next_head(leaf.previous_head, hash)});
  }
  state_.ids.add(IdIndex::prefix(leaf.id));
  state_.ends_in_heads = leaf.kind == Kind::kHeads;
  size_t tiles_before = staged_.tiles.size();
  state_.tree.append(hash, staged_.tiles);
  if (staged_.tiles.size() == tiles_before) return;
  Bytes ids;
  ids.reserve(tiles::kTileWidth * 8);
  for (size_t i = state_.ids.size() - tiles::kTileWidth; i < state_.ids.size(); ++i) append_u64(ids, state_.ids[i]);
  staged_.ids.push_back(std::move(ids));
}

Status Sequencer::stage_commit() {
  Write write;
  write.first = staged_.first;
  write.count = static_cast<uint32_t>(staged_.starts.size());
  write.leaves = staged_.leaves;
  write.tiles = staged_.tiles;
  write.ids = staged_.ids;
  Status status = backend_->write(write);
  staged_.starts.clear();
  if (status) {
    size_.store(state_.tree.size(), std::memory_order_release);
    return {};
  }
  stage_undo();
  if (status.error().code == Code::kConflict) {
    fenced_ = status.error();
  } else {
    in_doubt_ = true;
    status.error().code = Code::kUnavailable;
  }
  return status;
}

void Sequencer::stage_undo() {
  state_.tree = staged_.tree_before;
  state_.ids.truncate(staged_.first);
  state_.ends_in_heads = staged_.ended_in_heads;
  for (size_t i = staged_.heads_before.size(); i-- > 0;) {
    const auto& [head, known] = staged_.heads_before[i];
    known ? state_.heads.put(head) : state_.heads.remove(head.patient);
  }
}

// ---- checkpoints

Result<std::string> Sequencer::checkpoint() {
  // What was submitted before the call is committed to as well.
  turn_.take();
  run_batch();
  Hold hold(turn_);
  ZHIMI_CHECK(ready());
  if (!state_.note.empty() && state_.note_size == state_.tree.size()) return state_.note;
  if (state_.tree.size() > 0 && !state_.ends_in_heads) ZHIMI_CHECK(stage_heads());
  std::string note =
      tiles::sign_note(tiles::checkpoint_text({key_.name, state_.tree.size(), state_.tree.root()}), key_.name, signer_);
  // An empty log has nothing to keep: its checkpoint is made anew each time.
  if (state_.tree.size() == 0) return note;
  ZHIMI_CHECK(store_checkpoint(note));
  return note;
}

Status Sequencer::stage_heads() {
  stage_begin();
  Bytes bytes = tiles::make_heads_leaf(staged_.first, {state_.heads.root(), state_.heads.patients(), clock_.now_ms()});
  ZHIMI_TRY(auto leaf, tiles::parse_leaf(bytes));
  stage_leaf(leaf);
  return stage_commit();
}

// The rows of the changed patients, or of all.
std::vector<Bytes> Sequencer::heads_rows(bool whole) {
  std::vector<Bytes> rows;
  auto add = [&rows](const tiles::PatientHead& head) {
    if (rows.empty() || rows.back().size() + tiles::kPatientHeadBytes > kHeadsRowBytes) rows.emplace_back();
    tiles::append_patient(rows.back(), head);
  };
  std::vector<tiles::PatientHead> changed = state_.heads.take_changed();
  if (whole) {
    state_.heads.each(add);
  } else {
    std::ranges::for_each(changed, add);
  }
  return rows;
}

Status Sequencer::store_checkpoint(const std::string& note) {
  size_t all_bytes = state_.heads.patients() * tiles::kPatientHeadBytes;
  bool whole = !state_.heads_whole || state_.heads_rows >= kHeadsRows ||
               state_.heads_bytes > 2 * all_bytes + kHeadsRowBytes / 16;
  std::vector<Bytes> rows = heads_rows(whole);
  state_.heads_whole = false;  // should this write fail
  Write write;
  write.first = write.checkpoint_size = state_.tree.size();
  write.note = note;
  write.replace_heads = whole;
  write.heads = rows;
  if (Status status = backend_->write(write); !status) {
    if (status.error().code == Code::kConflict) {
      fenced_ = status.error();
    } else {
      in_doubt_ = true;
    }
    return status;
  }
  if (whole) state_.heads_rows = state_.heads_bytes = 0;
  state_.heads_rows += rows.size();
  for (const Bytes& row : rows) state_.heads_bytes += row.size();
  state_.heads_whole = true;
  state_.note = note;
  state_.note_size = state_.tree.size();
  return {};
}

// ---- reading

std::string Sequencer::key() const { return tiles::verifier_key_text(key_); }

Result<Bytes> Sequencer::leaf(uint64_t index) {
  Bytes out;
  ZHIMI_CHECK(read(index, 1, [&](uint64_t, ByteView leaf) -> Status {
    out.assign(leaf.begin(), leaf.end());
    return {};
  }));
  return out;
}

Status Sequencer::read(uint64_t first, uint64_t count, const std::function<Status(uint64_t, ByteView)>& visit) {
  Hold hold(turn_);
  uint64_t size = state_.tree.size();
  if (first > size || count > size - first)
    return make_error(Code::kNotFound, "the ledger has no entry of that number");
  uint64_t next = first, last = first + count;
  std::vector<Digest> hashes;
  if (count == 0) return {};
  auto visit_batch = [&](uint64_t at, uint32_t in_batch, ByteView leaves) -> Status {
    tiles::BundleReader reader(leaves);
    for (uint64_t index = at; index < at + in_batch && index < last; ++index) {
      auto leaf = reader.next();
      if (!leaf || index > next) break;
      if (index < next) continue;
      if (hashes.empty() || index % tiles::kTileWidth == 0) {
        uint64_t number = index / tiles::kTileWidth;
        ZHIMI_TRY(hashes, tile_with_turn(0, number, tiles::tile_width(0, number, size)));
      }
      if (tiles::leaf_hash(*leaf) != hashes[index % tiles::kTileWidth]) break;
      ZHIMI_CHECK(visit(index, *leaf));
      ++next;
    }
    return {};
  };
  ZHIMI_CHECK(backend_->batches(first, last, visit_batch));
  if (next == last) return {};
  return make_error(Code::kCorrupt, "ledger.db: entry " + std::to_string(next) +
                                        " does not match its hash: restore the ledger from its backup");
}

Result<std::vector<Digest>> Sequencer::tile(unsigned level, uint64_t number, unsigned width) {
  Hold hold(turn_);
  return tile_with_turn(level, number, width);
}

Result<std::vector<Digest>> Sequencer::tile_with_turn(unsigned level, uint64_t number, unsigned width) {
  unsigned held = tiles::tile_width(level, number, state_.tree.size());
  if (width == 0 || width > held) return make_error(Code::kNotFound, "the ledger does not have that tile yet");
  if (held < tiles::kTileWidth) {
    auto edge = state_.tree.edge(level).first(width);
    return std::vector<Digest>(edge.begin(), edge.end());
  }
  ZHIMI_TRY(auto hashes, backend_->tile(level, number));
  hashes.resize(width);
  return hashes;
}

}  // namespace zhimi::ledger
