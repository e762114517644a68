#include <algorithm>
#include <map>

#include "ledger/backend.h"

namespace zhimi::ledger {

namespace {

class MemoryBackend final : public Backend {
 public:
  Status write(const Write& write) override {
    if (write.count) batches_.push_back({write.first, write.count, {write.leaves.begin(), write.leaves.end()}});
    size_t next_ids = 0;
    for (const tiles::FullTile& tile : write.tiles)
      tiles_[{tile.level, tile.number}] = {tile.root, tile.level == 0 ? write.ids[next_ids++] : Bytes(), tile.hashes};
    if (write.note.empty()) return {};
    checkpoint_ = {write.checkpoint_size, std::string(write.note)};
    if (write.replace_heads) heads_.clear();
    heads_.insert(heads_.end(), write.heads.begin(), write.heads.end());
    return {};
  }

  Result<uint64_t> size() override { return batches_.empty() ? 0 : batches_.back().first + batches_.back().count; }

  Status batches(uint64_t first, uint64_t last, const VisitBatch& visit) override {
    auto at = std::upper_bound(batches_.begin(), batches_.end(), first,
                               [](uint64_t index, const Batch& batch) { return index < batch.first; });
    if (at != batches_.begin()) --at;
    for (; at != batches_.end() && at->first < last; ++at) ZHIMI_CHECK(visit(at->first, at->count, at->leaves));
    return {};
  }

  Result<std::optional<StoredCheckpoint>> newest_checkpoint() override { return checkpoint_; }

  Result<std::vector<Digest>> tile(unsigned level, uint64_t number) override {
    auto found = tiles_.find({level, number});
    if (found == tiles_.end()) return make_error(Code::kNotFound, "that tile is not stored");
    return found->second.hashes;
  }

  Result<std::vector<Digest>> tile_roots(unsigned level, uint64_t first, uint64_t count) override {
    std::vector<Digest> roots;
    for (auto at = tiles_.lower_bound({level, first}); at != tiles_.lower_bound({level, first + count}); ++at)
      roots.push_back(at->second.root);
    return roots;
  }

  Status ids(uint64_t tiles, const std::function<Status(uint64_t, ByteView)>& visit) override {
    for (auto at = tiles_.begin(); at != tiles_.lower_bound({0, tiles}); ++at)
      ZHIMI_CHECK(visit(at->first.second, at->second.ids));
    return {};
  }

  Status heads(const std::function<Status(ByteView)>& visit) override {
    for (const Bytes& heads : heads_) ZHIMI_CHECK(visit(heads));
    return {};
  }

 private:
  struct Batch {
    uint64_t first;
    uint32_t count;
    Bytes leaves;
  };
  struct StoredTile {
    Digest root;
    Bytes ids;
    std::vector<Digest> hashes;
  };
  std::vector<Batch> batches_;
  std::map<std::pair<unsigned, uint64_t>, StoredTile> tiles_;
  std::optional<StoredCheckpoint> checkpoint_;
  std::vector<Bytes> heads_;
};

}  // namespace

std::unique_ptr<Backend> memory_backend() { return std::make_unique<MemoryBackend>(); }

}  // namespace zhimi::ledger
