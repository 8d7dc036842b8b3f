# passwd, group, shadow, gshadow, subuid and subgid made of two systems' (docs/etc.md), row by row.
#
#   awk -v base=DIR -v mine=DIR -v image=DIR -v out=DIR -v record=DIR -f account-rows.awk
#
# Three-way: a file that `mine` has not is as in `base`. Files go to `out`, and to `record` the image's
# rows with the ids that they have been given. Says a line for each id that is not the image's own.
#
#   awk -v only=people -v mine=DIR -v image=DIR -v out=DIR -f account-rows.awk
#
# The image's files, and the people of `mine` in them.
#
# For mawk, gawk and busybox. Formats: passwd(5), shadow(5), group(5), gshadow(5), subuid(5).

BEGIN {
    FS = ":"
    count = split("passwd group shadow gshadow subuid subgid", files, " ")
    split("7 4 9 4 3 3", fields_of, " ")
    for (i = 1; i <= count; i++) width[files[i]] = fields_of[i]
    for (i = 1; i <= count; i++) {
        load("L", image, files[i])
        if (only == "people") {
            load("U", mine, files[i])
        } else {
            load("B", base, files[i])
            if (!load("U", mine, files[i])) load("U", base, files[i])
        }
    }
    if (only == "people") {
        people()
    } else {
        for (i = 1; i <= count; i++) merge(files[i])
        settle_ids()
        settle_secrets("passwd", "shadow")
        settle_secrets("group", "gshadow")
        for (i = 1; i <= count; i++) write_record(files[i])
    }
    for (i = 1; i <= count; i++) write_result(files[i])
}

# Read a file of side B, U or L: name -> its row, or its rows where a name has several.
function load(side, folder, file,    path, line, name, got) {
    path = folder "/" file
    n[side, file] = 0
    while ((got = (getline line < path)) > 0) {
        name = name_of(line)
        if ((side, file, name) in row) {
            row[side, file, name] = row[side, file, name] "\n" line
        } else {
            row[side, file, name] = line
            key[side, file, ++n[side, file]] = name
        }
    }
    if (got < 0) return 0
    close(path)
    return 1
}

# Comments, NIS lines and what is no row stand for themselves.
function name_of(line,    end) {
    end = index(line, ":")
    if (end < 2 || line ~ /^[#+-]/) return line
    return substr(line, 1, end - 1)
}

function has(side, file, name) { return (side, file, name) in row }

function get(side, file, name) { return has(side, file, name) ? row[side, file, name] : "" }

function is_row(file, text,    parts) {
    return text !~ /\n/ && split(text, parts, ":") == width[file]
}

function field(text, number,    parts) {
    split(text, parts, ":")
    return parts[number]
}

function with_field(text, number, value,    parts, total, made, i) {
    total = split(text, parts, ":")
    parts[number] = value
    made = parts[1]
    for (i = 2; i <= total; i++) made = made ":" parts[i]
    return made
}

function keep(file, name, text) {
    if (!((file, name) in result)) order[file, ++kept[file]] = name
    result[file, name] = text
}

function forget(file, name) { delete result[file, name] }

function merge(file,    i, name) {
    kept[file] = 0
    for (i = 1; i <= n["U", file]; i++) three_way(file, key["U", file, i])
    for (i = 1; i <= n["L", file]; i++) {
        name = key["L", file, i]
        if (!has("U", file, name)) three_way(file, name)
    }
}

# What one side left alone is as the other has it; where both changed, the person's stays, but of a
# row each field for itself, and members one by one.
function three_way(file, name,    b, u, l, in_b, in_u, in_l) {
    in_b = has("B", file, name); in_u = has("U", file, name); in_l = has("L", file, name)
    b = get("B", file, name); u = get("U", file, name); l = get("L", file, name)
    if (in_u == in_b && u == b) {
        if (in_l) keep(file, name, l)
    } else if (in_u && in_l && is_row(file, u) && is_row(file, l) && file !~ /^sub/) {
        keep(file, name, by_fields(file, is_row(file, b) ? b : "", u, l))
    } else if (in_u) {
        keep(file, name, u)
    }
}

function by_fields(file, b, u, l,    bs, us, ls, total, i, made, value) {
    split(b, bs, ":"); total = split(u, us, ":"); split(l, ls, ":")
    for (i = 1; i <= total; i++) {
        if ((file == "group" || file == "gshadow") && i == 4) value = members(bs[i], us[i], ls[i])
        else value = (b != "" && us[i] == bs[i]) ? ls[i] : us[i]
        made = made (i > 1 ? ":" : "") value
    }
    return made
}

# The person's, those that the image adds, and without those that it takes away.
function members(b, u, l,    bs, us, ls, in_b, in_u, in_l, i, total, made) {
    total = split(b, bs, ","); for (i = 1; i <= total; i++) in_b[bs[i]]
    total = split(l, ls, ","); for (i = 1; i <= total; i++) in_l[ls[i]]
    total = split(u, us, ",")
    for (i = 1; i <= total; i++) {
        in_u[us[i]]
        if (!(us[i] in in_b) || us[i] in in_l) made = made (made == "" ? "" : ",") us[i]
    }
    total = split(l, ls, ",")
    for (i = 1; i <= total; i++)
        if (!(ls[i] in in_u) && !(ls[i] in in_b)) made = made (made == "" ? "" : ",") ls[i]
    return made
}

# An id that comes from the image, and that another name of the person's has: the person's stays,
# the image's gets the one that it had before, or a free one of the system's.
function settle_ids(    i, name, old) {
    note_ids("passwd"); note_ids("group")
    settle("group"); settle("passwd")
    for (i = 1; i <= kept["passwd"]; i++) {
        name = order["passwd", i]
        if (!(("passwd", name) in result) || !has("L", "passwd", name)) continue
        old = field(get("L", "passwd", name), 4)
        if (!(old in new_gid) || field(result["passwd", name], 4) != old) continue
        if (has("U", "passwd", name) && field(get("U", "passwd", name), 4) == old) continue
        result["passwd", name] = with_field(result["passwd", name], 4, new_gid[old])
        row["L", "passwd", name] = with_field(get("L", "passwd", name), 4, new_gid[old])
    }
}

function is_new_id(file, name,    id) {
    if (!has("L", file, name)) return 0
    id = field(result[file, name], 3)
    if (id != field(get("L", file, name), 3)) return 0
    return !has("U", file, name) || id != field(get("U", file, name), 3)
}

function note_ids(file,    i, name) {
    for (i = 1; i <= kept[file]; i++) {
        name = order[file, i]
        if (!is_row(file, result[file, name])) continue
        used[field(result[file, name], 3)]
        if (has("U", file, name)) used[field(get("U", file, name), 3)]
        if (!is_new_id(file, name) && !((file, field(result[file, name], 3)) in holder))
            holder[file, field(result[file, name], 3)] = name
    }
}

function settle(file,    i, name, id, other, free) {
    for (i = 1; i <= kept[file]; i++) {
        name = order[file, i]
        if (!is_row(file, result[file, name]) || !is_new_id(file, name)) continue
        id = field(result[file, name], 3)
        if (!((file, id) in holder)) continue
        other = holder[file, id]
        # Two names for one id may be what the image is meant to have.
        if (field(get("L", file, other), 3) == id) continue
        free = has("U", file, name) ? field(get("U", file, name), 3) : ""
        if (free == "" || (file, free) in holder) free = free_id()
        if (free == "") {
            print file ": " name " of the image is left out: there is no free id below 1000"
            forget(file, name)
            continue
        }
        print file ": " name " has the id " free " here, since " id " is " other "'s"
        result[file, name] = with_field(result[file, name], 3, free)
        row["L", file, name] = with_field(get("L", file, name), 3, free)
        holder[file, free] = name
        if (file == "group") new_gid[id] = free
    }
}

# As useradd(8) gives them to system accounts, from above. The same one for an account and its group
# is no aim: each is looked up by name.
function free_id(    id) {
    for (id = 999; id >= 100; id--)
        if (!(id in used)) {
            used[id]
            return id ""
        }
    return ""
}

# A row of shadow goes with its row of passwd, and stays with it. One of nobody's is left alone.
function settle_secrets(file, secret,    i, name) {
    for (i = 1; i <= kept[secret]; i++) {
        name = order[secret, i]
        if (!((file, name) in result) && (has("B", file, name) || has("L", file, name)))
            forget(secret, name)
    }
    for (i = 1; i <= kept[file]; i++) {
        name = order[file, i]
        if ((file, name) in result && !((secret, name) in result) && has("U", secret, name))
            keep(secret, name, get("U", secret, name))
    }
}

# People are who is neither the system's nor the image's, and whose row is whole.
function people(    i, name, text, id, file, j) {
    for (i = 1; i <= count; i++)
        for (j = 1; j <= n["L", files[i]]; j++)
            keep(files[i], key["L", files[i], j], row["L", files[i], key["L", files[i], j]])
    for (i = 1; i <= n["L", "passwd"]; i++) taken["passwd", field(row["L", "passwd", key["L", "passwd", i]], 3)]
    for (i = 1; i <= n["L", "group"]; i++) taken["group", field(row["L", "group", key["L", "group", i]], 3)]
    for (i = 1; i <= n["U", "passwd"]; i++) {
        name = key["U", "passwd", i]
        text = row["U", "passwd", name]
        id = field(text, 3)
        if (!is_row("passwd", text) || !is_persons(id)) continue
        if (has("L", "passwd", name) || ("passwd", id) in taken) continue
        taken["passwd", id]
        person[name]
        number[id]
        first[field(text, 4)]
        keep("passwd", name, text)
        if (is_row("shadow", get("U", "shadow", name))) keep("shadow", name, get("U", "shadow", name))
    }
    for (i = 1; i <= n["U", "group"]; i++) groups_of(key["U", "group", i])
    for (j = 1; j <= 2; j++) {
        file = j == 1 ? "subuid" : "subgid"
        for (i = 1; i <= n["U", file]; i++) {
            name = key["U", file, i]
            if ((name in person || name in number) && !has("L", file, name))
                keep(file, name, row["U", file, name])
        }
    }
}

function is_persons(id) { return id ~ /^[0-9]+$/ && id + 0 >= 1000 && id + 0 < 60000 }

# A group of people's own comes along; of the image's they are members as before.
function groups_of(name,    text, id, who, total, i) {
    text = row["U", "group", name]
    if (!is_row("group", text)) return
    id = field(text, 3)
    if (has("L", "group", name)) {
        total = split(field(text, 4), who, ",")
        for (i = 1; i <= total; i++) if (who[i] in person) join("group", name, who[i])
        for (i = 1; i <= total; i++) if (who[i] in person) join("gshadow", name, who[i])
    } else if ((is_persons(id) || id in first) && !(("group", id) in taken)) {
        taken["group", id]
        keep("group", name, text)
        if (is_row("gshadow", get("U", "gshadow", name))) keep("gshadow", name, get("U", "gshadow", name))
    }
}

function join(file, name, who,    now) {
    if (!((file, name) in result) || !is_row(file, result[file, name])) return
    now = field(result[file, name], 4)
    if (index("," now ",", "," who ",")) return
    result[file, name] = with_field(result[file, name], 4, now (now == "" ? "" : ",") who)
}

function write_result(file,    path, i, name) {
    path = out "/" file
    printf "" > path
    for (i = 1; i <= kept[file]; i++) {
        name = order[file, i]
        if ((file, name) in result) print result[file, name] > path
    }
    if (close(path) != 0) exit 1
}

function write_record(file,    path, i) {
    if (!n["L", file]) return
    path = record "/" file
    for (i = 1; i <= n["L", file]; i++) print row["L", file, key["L", file, i]] > path
    if (close(path) != 0) exit 1
}
