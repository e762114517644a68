// The one who gives entries their place: takes what waits, numbers it from memory, writes it in one transaction, calls
// back. Room-internal.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "ledger/log.h"
#include "ledger/state.h"

namespace zhimi::ledger {

// A lock that batches take only when no reader or checkpoint waits, so that neither starves the other.
class Turn {
 public:
  void take();  // before any batch
  void take_for_batch();
  bool try_for_batch();
  void give();

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  int waiting_ = 0;
  bool taken_ = false;
};

class Sequencer final : public Log, private ReceiptOffice {
 public:
  Sequencer(std::unique_ptr<Backend> backend, State state, const crypto::Signer& signer, Clock& clock,
            tiles::VerifierKey key);
  ~Sequencer() override;

  void submit(SealedEvent event, Done done) override;
  Result<Receipt> append(SealedEvent event) override;
  Result<std::string> checkpoint() override;
  uint64_t size() const override { return size_.load(std::memory_order_acquire); }
  Result<Bytes> leaf(uint64_t index) override;
  std::string key() const override;
  Status read(uint64_t first, uint64_t count, const std::function<Status(uint64_t, ByteView)>& visit) override;
  Result<std::vector<Digest>> tile(unsigned level, uint64_t number, unsigned width) override;

 private:
  // One event that waits. Its parts are copied behind each other, so that no memory changes threads.
  struct Waiting {
    EntryId id;
    Kind kind;
    PatientMac patient;
    size_t about_bytes, actor_bytes;
    Done done;
  };
  struct Queue {
    std::vector<Waiting> events;
    Bytes parts;  // about ‖ actor of each
    void clear() {
      events.clear();
      parts.clear();
    }
  };
  // Leaves on their way into the store, and what it takes to forget them.
  struct Staged {
    uint64_t first = 0;
    Bytes leaves;                // bundle form
    std::vector<size_t> starts;  // of each leaf in `leaves`
    std::vector<tiles::FullTile> tiles;
    std::vector<Bytes> ids;
    tiles::Tree tree_before;
    bool ended_in_heads = false;
    std::vector<std::pair<tiles::PatientHead, bool>> heads_before;  // and whether it was there
  };

  bool enqueue(const SealedEvent& event, Done& done);  // with the queue's lock; false: too many wait, nothing was moved
  void run();                                          // the thread
  void run_batch();                                    // with the turn; gives it up
  std::vector<Result<Receipt>> process(const Queue& batch);
  Result<Receipt> stage_event(const Waiting& event, ByteView parts);
  Result<std::optional<uint64_t>> seen(const Waiting& event);
  Status committed_leaf(uint64_t index, const std::function<Status(ByteView)>& visit);
  Status ready();
  void stage_begin();
  void stage_leaf(const tiles::Leaf& leaf);
  Status stage_commit();
  void stage_undo();
  Status stage_heads();
  Status store_checkpoint(const std::string& note);
  std::vector<Bytes> heads_rows(bool whole);
  Result<std::vector<Digest>> tile_with_turn(unsigned level, uint64_t number, unsigned width);

  std::unique_ptr<Backend> backend_;
  const crypto::Signer& signer_;
  Clock& clock_;
  const tiles::VerifierKey key_;

  Turn turn_;  // guards backend_ and everything down to size_
  State state_;
  Staged staged_;
  std::optional<Error> fenced_;  // another writer took over, or the store contradicts us: for good
  bool in_doubt_ = false;        // the last commit may be durable or not
  std::atomic<uint64_t> size_;

  std::mutex queue_mutex_;  // taken before the turn's own lock, never while processing
  std::condition_variable wake_;
  Queue queue_, spare_;  // spare_: memory to use again
  size_t in_flight_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace zhimi::ledger
