/* tsr/list.h - argument lists: one {pointer, count} struct from TSR_X(a, b, c).
 *
 * In C a list is a compound literal and lives as long as the enclosing block.
 * In C++ it goes through std::initializer_list and lives to the end of the full
 * expression, so write it in the call that uses it.
 */
#ifndef TSR_LIST_H
#define TSR_LIST_H

#include "tsr/base.h"

#ifdef __cplusplus
#include <initializer_list>
namespace tsr_detail {
template <class List, class T> inline List list(std::initializer_list<T> items) {
  List made = {items.begin(), items.size()};
  return made;
}
} // namespace tsr_detail
#define TSR_MAKE_LIST(list_type, type, ...) (tsr_detail::list<list_type, type>({__VA_ARGS__}))
#else
#define TSR_MAKE_LIST(list_type, type, ...)                                                        \
  ((list_type){(type const[]){__VA_ARGS__}, sizeof((type const[]){__VA_ARGS__}) / sizeof(type)})
#endif

/* typedef struct name { type const *data; size_t n; } name; */
#define TSR_LIST_TYPE(type, name)                                                                  \
  typedef struct name {                                                                            \
    type const *data;                                                                              \
    size_t n;                                                                                      \
  } name

/* Concrete sizes, e.g. TSR_DIMS(2, 3); TSR_NO_DIMS for rank 0. */
TSR_LIST_TYPE(int64_t, tsr_dims);
#define TSR_DIMS(...) TSR_MAKE_LIST(tsr_dims, int64_t, __VA_ARGS__)
#define TSR_NO_DIMS   tsr_dims_none()

/* Axes, counted from 0; negative ones count from the last. */
TSR_LIST_TYPE(int64_t, tsr_axes);
#define TSR_AXES(...) TSR_MAKE_LIST(tsr_axes, int64_t, __VA_ARGS__)
#define TSR_ALL_AXES  tsr_axes_all()
#define TSR_NO_AXES   tsr_axes_none()

static inline tsr_dims tsr_dims_none(void) {
  tsr_dims none = {NULL, 0};
  return none;
}
static inline tsr_axes tsr_axes_all(void) {
  tsr_axes all = {NULL, SIZE_MAX};
  return all;
}
static inline tsr_axes tsr_axes_none(void) {
  tsr_axes none = {NULL, 0};
  return none;
}

#endif /* TSR_LIST_H */
