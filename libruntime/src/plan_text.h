/* plan_text.h - a plan as text. */
#ifndef TSRI_PLAN_TEXT_H
#define TSRI_PLAN_TEXT_H

#include "plan.h"

/* Zero-terminated; free with tsr_free(out, size, 0). */
tsr_status tsri_plan_text(const tsri_plan *plan, char **out, size_t *size);

#endif /* TSRI_PLAN_TEXT_H */
