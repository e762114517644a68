#include "ledger/log.h"

#include <future>

#include "ledger/sequencer.h"

namespace zhimi::ledger {

Result<Receipt> Log::append(SealedEvent event) {
  std::promise<Result<Receipt>> answer;
  submit(std::move(event), [&answer](Result<Receipt> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

Status Log::read(uint64_t first, uint64_t count, const std::function<Status(uint64_t, ByteView)>& visit) {
  for (uint64_t index = first; index - first < count; ++index) {
    ZHIMI_TRY(Bytes bytes, leaf(index));
    ZHIMI_CHECK(visit(index, bytes));
  }
  return {};
}

Result<std::vector<Digest>> Log::tile(unsigned, uint64_t, unsigned) {
  return make_error(Code::kNotFound, "this ledger keeps no tiles");
}

Result<std::unique_ptr<Log>> open_log(store::Session& session, const crypto::Signer& signer, Clock& clock,
                                      LogOptions options) {
  if (!tiles::valid_key_name(options.origin))
    return make_error(Code::kInvalid, "the ledger's origin must not be empty or hold spaces or a plus sign");
  tiles::VerifierKey key = tiles::make_verifier_key(options.origin, signer.public_key());
  ZHIMI_TRY(auto backend, sql_backend(session));
  ZHIMI_TRY(State state, load(*backend, key));
  return std::unique_ptr<Log>(
      std::make_unique<Sequencer>(std::move(backend), std::move(state), signer, clock, std::move(key)));
}

std::unique_ptr<Log> memory_log(const crypto::Signer& signer, Clock& clock, LogOptions options) {
  return std::make_unique<Sequencer>(memory_backend(), State(), signer, clock,
                                     tiles::make_verifier_key(options.origin, signer.public_key()));
}

}  // namespace zhimi::ledger
