/* scatter_add.c - z = x with updates added at places read from indices (StableHLO scatter).
 *
 * The transpose to updates is a gather, masked where a window was dropped.
 */
#include "scatter.h"

static tsr_value updates_cotangent(tsri_room *room, const tsr_call *c, tsr_value ct) {
  if (tsri_scatter_is_void(c)) return TSR_ZERO_VALUE;
  const tsr_value windows = tsri_scatter_read(room, c, ct);
  const tsr_value zero = tsri_zero_scalar(room->b, c->in_type[0].dtype);
  return tsr_select(room->b, tsri_scatter_misses(room, c), zero, windows);
}

static tsr_status transpose(tsr_builder *b, const tsr_call *c, const bool *linear,
                            const tsr_value *ct, tsr_value *in_ct) {
  in_ct[0] = in_ct[2] = ct[0];
  if (tsr_value_is_zero(ct[0]) || !linear[2]) return TSR_OK;
  tsri_room room;
  tsri_room_enter(&room, b);
  in_ct[2] = updates_cotangent(&room, c, ct[0]);
  return tsri_room_leave(&room);
}

const tsr_rules tsri_scatter_add_rules = {
    .infer = tsri_scatter_infer, .transpose = transpose, .batch = tsri_scatter_batch};
