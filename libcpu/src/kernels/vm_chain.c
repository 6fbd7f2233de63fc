/* vm_chain.c - chains in a program: which instructions become one, and with which links.
 *
 * Instructions that follow each other and compute with lanes of one dtype make a chain. The result
 * of each stays in registers for the next. What is wanted later than that is stored: in its block
 * or output if somebody outside of the chain wants it, else in a few vectors of the frame that
 * every group uses again.
 */
#include "variants/variants.h"
#include "vm_internal.h"

/* Links of real or complex numbers. */
typedef struct op_links {
  tsr_op_id op;
  tsri_link_op link, reversed; /* reversed: the registers hold the second operand */
} op_links;

static const op_links real_ops[] = {
    {TSR_OP_ADD, TSRI_LINK_ADD, TSRI_LINK_ADD     },
    {TSR_OP_SUB, TSRI_LINK_SUB, TSRI_LINK_SUB_FROM},
    {TSR_OP_MUL, TSRI_LINK_MUL, TSRI_LINK_MUL     },
    {TSR_OP_DIV, TSRI_LINK_DIV, TSRI_LINK_DIV_INTO},
    {TSR_OP_MAX, TSRI_LINK_MAX, TSRI_LINK_MAX_WITH},
    {TSR_OP_MIN, TSRI_LINK_MIN, TSRI_LINK_MIN_WITH},
    {TSR_OP_NEG, TSRI_LINK_NEG, TSRI_LINK_NEG     },
    {TSR_OP_ABS, TSRI_LINK_ABS, TSRI_LINK_ABS     },
};
static const op_links complex_ops[] = {
    {TSR_OP_ADD,  TSRI_LINK_ADD,       TSRI_LINK_ADD      },
    {TSR_OP_SUB,  TSRI_LINK_SUB,       TSRI_LINK_SUB_FROM },
    {TSR_OP_MUL,  TSRI_LINK_MUL_PAIRS, TSRI_LINK_MUL_PAIRS},
    {TSR_OP_NEG,  TSRI_LINK_NEG,       TSRI_LINK_NEG      },
    {TSR_OP_CONJ, TSRI_LINK_CONJ,      TSRI_LINK_CONJ     },
};

/* Relations with their operands exchanged. */
static const struct {
  tsri_link_op link, reversed;
} relations[] = {
    [TSR_EQ] = {TSRI_LINK_EQ, TSRI_LINK_EQ},
      [TSR_NE] = {TSRI_LINK_NE, TSRI_LINK_NE},
    [TSR_LT] = {TSRI_LINK_LT, TSRI_LINK_GT},
      [TSR_LE] = {TSRI_LINK_LE, TSRI_LINK_GE},
    [TSR_GT] = {TSRI_LINK_GT, TSRI_LINK_LT},
      [TSR_GE] = {TSRI_LINK_GE, TSRI_LINK_LE},
};

static bool is_op(const tsr_expr_step *step, tsr_op_id id) {
  return tsr_op_core_id(step->op) == id;
}

/* The dtype of the operand that a step computes with. */
static tsr_dtype dtype_of(const tsri_vm_planner *p, const tsr_expr_step *step) {
  return p->s->steps[step->arg[is_op(step, TSR_OP_SELECT)]].dtype;
}

/* The links of a step with up to two operands; false when there are none. */
static bool links_of(const tsri_vm_planner *p, const tsr_expr_step *step, op_links *out) {
  bool complex = tsr_dtype_kind(dtype_of(p, step)) == TSR_KIND_COMPLEX;
  *out = (op_links){tsr_op_core_id(step->op), TSRI_LINK_END, TSRI_LINK_END};
  if (out->op == TSR_OP_COMPARE && !complex) {
    tsr_direction direction = ((const tsr_compare_attrs *)step->attrs)->direction;
    out->link = relations[direction].link;
    out->reversed = relations[direction].reversed;
  }
  const op_links *ops = complex ? complex_ops : real_ops;
  int32_t n = complex ? TSRI_COUNT_OF(complex_ops) : TSRI_COUNT_OF(real_ops);
  for (int32_t i = 0; i < n; i++)
    if (ops[i].op == out->op && step->dtype == dtype_of(p, step)) *out = ops[i];
  return out->link != TSRI_LINK_END;
}

/* The dtype of the lanes that an instruction computes with; COUNT: it is no link. */
static tsr_dtype lanes_of(const tsri_vm_planner *p, const tsri_vm_instruction *k) {
  if (k->out >= p->s->n_steps) return TSR_DTYPE_COUNT;
  const tsr_expr_step *step = &p->s->steps[k->out];
  tsr_dtype dtype = dtype_of(p, step);
  bool selects = is_op(step, TSR_OP_SELECT) && tsr_dtype_kind(dtype) == TSR_KIND_REAL;
  /* selecting keeps every bit, also of NaN, which f16 on its way to f32 and back does not */
  selects &= dtype != TSR_F16;
  op_links links;
  bool known = links_of(p, step, &links) || selects || is_op(step, TSR_OP_CLAMP);
  return known && tsri_variant_chosen()->chains[dtype] ? dtype : TSR_DTYPE_COUNT;
}

/* A chain in the making. */
typedef struct builder {
  tsri_vm_planner *p;
  tsri_vm_chain *chain;
  int32_t first, end; /* its instructions */
} builder;

static void add_link(builder *b, tsri_link_op op, int32_t slot) {
  tsri_vm_link link = {op, slot, 0, 0};
  if (slot >= 0) {
    tsr_dtype dtype = b->p->s->steps[slot].dtype;
    link.size = (uint8_t)tsr_dtype_size(tsr_dtype_real(dtype));
    link.unit = (uint8_t)tsr_dtype_size(dtype);
  }
  b->p->vm->links[b->chain->first + b->chain->n_links++] = link;
}

/* How often instruction k reads a slot. */
static int32_t reads(const tsri_vm_instruction *k, int32_t slot) {
  int32_t n = 0;
  for (int32_t a = 0; a < k->n_args; a++)
    n += k->args[a] == slot;
  return n;
}

/* How many of these reads the registers serve when they hold the slot. */
static int32_t served(const tsri_vm_planner *p, const tsri_vm_instruction *k, int32_t slot) {
  const tsr_expr_step *step = &p->s->steps[k->out];
  int32_t n = reads(k, slot);
  if (is_op(step, TSR_OP_MUL) && tsr_dtype_kind(step->dtype) == TSR_KIND_REAL) return n;
  if (is_op(step, TSR_OP_CLAMP)) return k->args[1] == slot;
  return n > 0;
}

static bool is_read_outside(const builder *b, int32_t slot) {
  const tsri_vm *vm = b->p->vm;
  for (int32_t i = 0; i < vm->n_instructions; i++)
    if ((i < b->first || i >= b->end) && reads(&vm->instructions[i], slot)) return true;
  for (int32_t i = 0; i < vm->n_out; i++)
    if (vm->out[i].slot == slot) return true;
  for (int32_t i = 0; i < vm->n_reductions; i++)
    if (vm->reductions[i].slot == slot) return true;
  return false;
}

/* Is the slot a dense output that nobody reads again? */
static bool is_final(const tsri_vm *vm, int32_t slot) {
  for (int32_t i = 0; i < vm->n_instructions; i++)
    if (reads(&vm->instructions[i], slot)) return false;
  for (int32_t i = 0; i < vm->n_reductions; i++)
    if (vm->reductions[i].slot == slot) return false;
  for (int32_t i = 0; i < vm->n_out; i++)
    if (vm->out[i].slot == slot) return vm->out[i].kind == TSRI_VM_DENSE;
  return false;
}

/* The result of instruction i is in registers: store it if that is not enough. */
static void add_store(builder *b, int32_t i) {
  tsri_vm *vm = b->p->vm;
  int32_t slot = vm->instructions[i].out, wanted = 0;
  for (int32_t k = b->first; k < b->end; k++)
    wanted += reads(&vm->instructions[k], slot);
  if (i + 1 < b->end) wanted -= served(b->p, &vm->instructions[i + 1], slot);
  bool outside = is_read_outside(b, slot);
  vm->homes[slot] = outside ? TSRI_VM_BLOCK : wanted ? TSRI_VM_GROUP : TSRI_VM_NOWHERE;
  if (!outside && !wanted) return;
  bool is_bool = b->p->s->steps[slot].dtype == TSR_BOOL;
  bool streams = vm->streams && !is_bool && is_final(vm, slot);
  add_link(b, is_bool ? TSRI_LINK_STORE_BOOL : streams ? TSRI_LINK_STREAM : TSRI_LINK_STORE, slot);
}

static void add_select(builder *b, const int32_t *args, int32_t in_hand) {
  int32_t p = args[0], x = args[1], y = args[2];
  if (p == in_hand) {
    add_link(b, TSRI_LINK_SELECT, x);
    add_link(b, TSRI_LINK_LOAD, y);
    return;
  }
  bool second = x != in_hand && y == in_hand;
  if (x != in_hand && !second) add_link(b, TSRI_LINK_LOAD, x);
  add_link(b, second ? TSRI_LINK_WHERE_NOT : TSRI_LINK_WHERE, p);
  add_link(b, TSRI_LINK_LOAD, second ? x : y);
}

static void add_clamp(builder *b, const int32_t *args, int32_t in_hand) {
  if (args[1] != in_hand) add_link(b, TSRI_LINK_LOAD, args[1]);
  add_link(b, TSRI_LINK_MAX, args[0]);
  add_link(b, TSRI_LINK_MIN, args[2]);
}

/* One operand, or two of which the registers may hold either. */
static void add_plain(builder *b, const tsri_vm_instruction *k, int32_t in_hand) {
  const tsr_expr_step *step = &b->p->s->steps[k->out];
  op_links links;
  links_of(b->p, step, &links);
  int32_t x = k->args[0], y = k->args[1];
  if (k->n_args == 1) {
    if (x != in_hand) add_link(b, TSRI_LINK_LOAD, x);
    add_link(b, links.link, -1);
  } else if (x == in_hand && y == in_hand && links.link == TSRI_LINK_MUL) {
    add_link(b, TSRI_LINK_SQUARE, -1);
  } else if (x != in_hand && y == in_hand) {
    add_link(b, links.reversed, x);
  } else {
    if (x != in_hand) add_link(b, TSRI_LINK_LOAD, x);
    add_link(b, links.link, y);
  }
}

static void add_instruction(builder *b, int32_t i) {
  const tsri_vm_instruction *k = &b->p->vm->instructions[i];
  const tsr_expr_step *step = &b->p->s->steps[k->out];
  int32_t in_hand = i > b->first ? k[-1].out : -1;
  if (is_op(step, TSR_OP_SELECT))
    add_select(b, k->args, in_hand);
  else if (is_op(step, TSR_OP_CLAMP))
    add_clamp(b, k->args, in_hand);
  else
    add_plain(b, k, in_hand);
  add_store(b, i);
}

void tsri_vm_plan_chains(tsri_vm_planner *p) {
  tsri_vm *vm = p->vm;
  int32_t n_links = 0;
  for (int32_t i = 0; i < vm->n_instructions;) {
    tsr_dtype lanes = lanes_of(p, &vm->instructions[i]);
    int32_t end = i + 1;
    /* at most TSRI_VM_LINKS for every instruction, and END */
    while (lanes != TSR_DTYPE_COUNT && end < vm->n_instructions &&
           end - i < (TSRI_CHAIN_LINKS - 1) / TSRI_VM_LINKS &&
           lanes_of(p, &vm->instructions[end]) == lanes)
      end++;
    vm->instructions[i].span = end - i;
    if (lanes != TSR_DTYPE_COUNT) {
      tsri_vm_chain *chain = &vm->chains[vm->n_chains++];
      *chain = (tsri_vm_chain){tsri_variant_chosen()->chains[lanes], n_links, 0};
      vm->instructions[i].chain = chain;
      builder b = {p, chain, i, end};
      for (int32_t k = i; k < end; k++)
        add_instruction(&b, k);
      add_link(&b, TSRI_LINK_END, -1);
      n_links += chain->n_links;
    }
    i = end;
  }
}

void tsri_vm_run_chain(const tsri_vm *vm, const tsri_vm_chain *chain, void *const *slots,
                       const int64_t *pitch, int64_t rows, int64_t n) {
  tsri_link links[TSRI_CHAIN_LINKS];
  const tsri_vm_link *plan = vm->links + chain->first;
  for (int32_t i = 0; i < chain->n_links; i++) {
    links[i] = (tsri_link){.op = plan[i].op, .size = plan[i].size, .unit = plan[i].unit};
    int32_t slot = plan[i].slot;
    if (slot < 0) continue;
    tsri_vm_home home = vm->homes[slot];
    links[i].base = slots[slot];
    links[i].mask = home == TSRI_VM_BLOCK ? SIZE_MAX : 0;
    links[i].number = home == TSRI_VM_NUMBER ? slots[slot] : NULL;
    links[i].row = home == TSRI_VM_GROUP ? 0 : pitch[slot];
  }
  chain->run(rows, n, chain->n_links, links);
}
