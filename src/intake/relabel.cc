#include "vault/relabel.h"

#include "intake/intake.h"

namespace zhimi::intake {

Result<size_t> relabel(const Tools& tools) {
  return vault::relabel(tools.vault,
                        [&](const vault::RecordId&, std::string_view json) { return labels_of(tools.labels, json); });
}

}  // namespace zhimi::intake
