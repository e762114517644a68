#include "crypto/argon2id.h"

#include <argon2.h>

namespace zhimi::crypto {

namespace {

// libargon2 takes mutable pointers and, without its clearing flags, does not write through them.
uint8_t* borrowed(ByteView b) { return const_cast<uint8_t*>(b.data()); }

}  // namespace

Result<SecretBytes> argon2id(const Argon2Input& input, const Argon2Cost& cost, size_t size_bytes) {
  for (ByteView b : {input.passphrase, input.salt, input.secret, input.data})
    if (b.size() > 65536) return make_error(Code::kTooLarge, "an Argon2id input is larger than 64 KiB");
  SecretBytes out(size_bytes);
  argon2_context context{};
  context.out = out.fill().data();
  context.outlen = static_cast<uint32_t>(size_bytes);
  context.pwd = borrowed(input.passphrase);
  context.pwdlen = static_cast<uint32_t>(input.passphrase.size());
  context.salt = borrowed(input.salt);
  context.saltlen = static_cast<uint32_t>(input.salt.size());
  context.secret = borrowed(input.secret);
  context.secretlen = static_cast<uint32_t>(input.secret.size());
  context.ad = borrowed(input.data);
  context.adlen = static_cast<uint32_t>(input.data.size());
  context.t_cost = cost.passes;
  context.m_cost = cost.memory_kib;
  context.lanes = cost.lanes;
  context.threads = cost.lanes;
  context.version = ARGON2_VERSION_13;
  context.flags = ARGON2_DEFAULT_FLAGS;
  switch (int rc = argon2_ctx(&context, Argon2_id); rc) {
    case ARGON2_OK:
      return out;
    case ARGON2_MEMORY_ALLOCATION_ERROR:
    case ARGON2_THREAD_FAIL:
      return make_error(Code::kUnavailable, "not enough memory or threads to check the passphrase: free " +
                                                std::to_string(cost.memory_kib / 1024 + 1) + " MiB, then try again");
    default:
      return make_error(Code::kInvalid, std::string("Argon2id does not take this: ") + argon2_error_message(rc));
  }
}

}  // namespace zhimi::crypto
